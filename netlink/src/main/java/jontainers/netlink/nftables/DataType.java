package jontainers.netlink.nftables;

import java.util.List;

/// The types of set keys and map values, as `nft` numbers them for its listings.
///
/// The kernel keeps the number and does not interpret it. Source: nftables, include/datatype.h.
public enum DataType {
  IPV4_ADDR(7, 4),
  IPV6_ADDR(8, 16),
  INET_PROTO(12, 1),
  INET_SERVICE(13, 2),
  IFNAME(41, 16);

  private static final int CONCATENATION_BITS = 6;

  private final int number;
  private final int length;

  DataType(int number, int length) {
    this.number = number;
    this.length = length;
  }

  /// Return the number of a type or of a concatenation of types.
  static int number(List<DataType> types) {
    return types.stream().mapToInt(t -> t.number).reduce(0, (a, b) -> a << CONCATENATION_BITS | b);
  }

  /// Return the length of a value; in a concatenation each part takes whole registers.
  static int length(List<DataType> types) {
    return types.size() == 1
        ? types.getFirst().length
        : types.stream().mapToInt(t -> (t.length + 3) & ~3).sum();
  }
}
