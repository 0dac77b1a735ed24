package jontainers.netlink.nftables;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// The types of set keys and map values, as `nft` numbers them for its listings.
///
/// The kernel keeps the number and does not interpret it. Source: nftables, include/datatype.h.
public enum DataType {
  NF_PROTO(2, 1, DataType.HOST_ENDIAN),
  IPV4_ADDR(7, 4, DataType.BIG_ENDIAN),
  IPV6_ADDR(8, 16, DataType.BIG_ENDIAN),
  ETHER_ADDR(9, 6, DataType.BIG_ENDIAN),
  INET_PROTO(12, 1, DataType.BIG_ENDIAN),
  INET_SERVICE(13, 2, DataType.BIG_ENDIAN),
  IFNAME(41, 16, DataType.HOST_ENDIAN);

  /// `enum byteorder` of nftables; a concatenation has none of its own.
  private static final int NO_ENDIAN = 0;

  private static final int HOST_ENDIAN = 1;
  private static final int BIG_ENDIAN = 2;

  private static final int CONCATENATION_BITS = 6;

  /// What `nft` keeps with a set, to list it (libnftnl, NFTNL_UDATA_SET_…).
  private static final byte UDATA_KEYBYTEORDER = 0;

  private final int number;
  private final int length;
  private final int byteOrder;

  DataType(int number, int length, int byteOrder) {
    this.number = number;
    this.length = length;
    this.byteOrder = byteOrder;
  }

  /// Return the user data without which `nft list` shows names of links as empty.
  static byte[] userdata(List<DataType> key) {
    return ByteBuffer.allocate(6)
        .order(ByteOrder.nativeOrder())
        .put(UDATA_KEYBYTEORDER)
        .put((byte) 4)
        .putInt(key.size() == 1 ? key.getFirst().byteOrder : NO_ENDIAN)
        .array();
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
