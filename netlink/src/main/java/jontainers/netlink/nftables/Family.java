package jontainers.netlink.nftables;

import java.util.Optional;

/// What packets a table sees: `enum nfproto` of include/uapi/linux/netfilter.h.
public enum Family {
  /// IPv4 and IPv6 both; needs CONFIG_NF_TABLES_INET, Linux 3.14, NAT in it Linux 5.2.
  INET(1),
  IP(2),
  ARP(3),
  NETDEV(5),
  BRIDGE(7),
  IP6(10);

  private final int number;

  Family(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /// Empty for a family that is newer than this code.
  static Optional<Family> of(int number) {
    for (var family : values()) {
      if (family.number == number) {
        return Optional.of(family);
      }
    }
    return Optional.empty();
  }

  /// Return the word that `nft` uses.
  public String word() {
    return switch (this) {
      case INET -> "inet";
      case IP -> "ip";
      case ARP -> "arp";
      case NETDEV -> "netdev";
      case BRIDGE -> "bridge";
      case IP6 -> "ip6";
    };
  }
}
