package jontainers.network;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jontainers.netlink.Request;
import jontainers.netlink.nftables.BaseHook;
import jontainers.netlink.nftables.Bitwise;
import jontainers.netlink.nftables.Chain;
import jontainers.netlink.nftables.Cmp;
import jontainers.netlink.nftables.Data;
import jontainers.netlink.nftables.DataType;
import jontainers.netlink.nftables.Element;
import jontainers.netlink.nftables.Expression;
import jontainers.netlink.nftables.Family;
import jontainers.netlink.nftables.ImmediateVerdict;
import jontainers.netlink.nftables.Lookup;
import jontainers.netlink.nftables.Meta;
import jontainers.netlink.nftables.NamedSet;
import jontainers.netlink.nftables.PayloadLoad;
import jontainers.netlink.nftables.Rule;
import jontainers.netlink.nftables.Table;
import jontainers.netlink.nftables.Verdict;

/// The messages of table `bridge jontainers`: a container sends with its own addresses only.
///
/// ```
/// table bridge jontainers {
///   set own4 { type ifname . ether_addr . ipv4_addr }
///   set own6 { type ifname . ether_addr . ipv6_addr }
///   chain prerouting {
///     type filter hook prerouting priority -250; policy accept;
///     iifname "jt*" jump from_container
///   }
///   chain input {
///     type filter hook input priority -250; policy accept;
///     iifname "jt*" ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop
///   }
///   chain from_container {
///     ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop
///     ether type ip jump ip4
///     ether type ip6 jump ip6
///     ether type arp jump arp
///     drop
///   }
///   chain ip4 {
///     ip daddr 127.0.0.0/8 drop
///     iifname . ether saddr . ip saddr != @own4 drop
///     udp sport 67 drop
///     icmp type redirect drop
///     accept
///   }
///   chain ip6 {
///     icmpv6 type nd-router-advert drop
///     icmpv6 type nd-redirect drop
///     udp sport 547 drop
///     icmpv6 type nd-neighbor-advert iifname . ether saddr . TARGET != @own6 drop
///     ip6 saddr :: meta l4proto != ipv6-icmp drop
///     iifname . ether saddr . ip6 saddr @own6 accept
///     drop
///   }
///   chain arp {
///     arp htype, ptype, hlen, plen != those of IPv4 on Ethernet drop
///     iifname . ether saddr . arp saddr ip != @own4 drop
///     iifname . arp saddr ether . arp saddr ip != @own4 drop
///     accept
///   }
/// }
/// ```
///
/// The hook is before the one of br_netfilter and before the bridge learns where an address is. A
/// port is known by its name, which begins as [HostLink] says, so one that has no elements may send
/// nothing. `ether type` is read from the frame: what has the tag of a VLAN is none of the three.
/// Routers, DHCP servers and bridges are not what containers are.
final class SourceGuard {
  static final Table TABLE = new Table(Family.BRIDGE, "jontainers");

  private static final NamedSet OWN4 =
      NamedSet.of(TABLE, "own4", DataType.IFNAME, DataType.ETHER_ADDR, DataType.IPV4_ADDR);
  private static final NamedSet OWN6 =
      NamedSet.of(TABLE, "own6", DataType.IFNAME, DataType.ETHER_ADDR, DataType.IPV6_ADDR);

  /// Before br_netfilter's (NF_BR_PRI_BRNF, 0).
  private static final int PRIORITY = -250;

  private static final Chain PREROUTING = base("prerouting", BaseHook.Hook.PREROUTING);
  private static final Chain INPUT = base("input", BaseHook.Hook.INPUT);
  private static final Chain FROM_CONTAINER = chain("from_container");
  private static final Chain IP4 = chain("ip4");
  private static final Chain IP6 = chain("ip6");
  private static final Chain ARP = chain("arp");

  /// Registers behind the 16 bytes of a link's name, four bytes each (NFT_REG32_04, NFT_REG32_06).
  private static final int BEHIND_NAME = 12;

  private static final int BEHIND_MAC = 14;

  private static final int IPPROTO_ICMP = 1;
  private static final int IPPROTO_UDP = 17;
  private static final int IPPROTO_ICMPV6 = 58;
  private static final int ICMP_REDIRECT = 5;
  private static final int ND_ROUTER_ADVERT = 134;
  private static final int ND_NEIGHBOR_ADVERT = 136;
  private static final int ND_REDIRECT = 137;

  private SourceGuard() {}

  /// Return what makes the table and writes its rules anew.
  static List<Request> table() {
    var requests = new ArrayList<Request>();
    requests.add(TABLE.add());
    requests.add(OWN4.add(1));
    requests.add(OWN6.add(2));
    var chains = List.of(PREROUTING, INPUT, FROM_CONTAINER, IP4, IP6, ARP);
    chains.forEach(chain -> requests.add(chain.add()));
    chains.forEach(chain -> requests.add(chain.flush()));
    rules().forEach(rule -> requests.add(rule.add()));
    return requests;
  }

  /// Return what lets a container send with its addresses.
  static List<Request> additions(Attachment attachment) {
    return List.of(set(attachment).add(elements(attachment)));
  }

  /// The set that has a container's elements.
  static NamedSet set(Attachment attachment) {
    return attachment.address() instanceof Inet4Address ? OWN4 : OWN6;
  }

  /// IPv6 speaks from the link-local address, too, and from none before it has one.
  static List<Element> elements(Attachment attachment) {
    var address = attachment.address();
    return address instanceof Inet4Address
        ? List.of(element(attachment, address))
        : Stream.of(address, linkLocal(attachment), unspecified())
            .map(own -> element(attachment, own))
            .toList();
  }

  private static Element element(Attachment attachment, InetAddress own) {
    return Element.of(
        Data.concatenation(
            Data.link(attachment.link()), Data.of(attachment.mac().toBytes()), Data.of(own)));
  }

  private static List<Rule> rules() {
    var rules = new ArrayList<Rule>();
    rules.add(rule(PREROUTING, jump(FROM_CONTAINER), port()));
    rules.add(rule(INPUT, new Verdict.Drop(), port(), bridgeGroup()));
    rules.add(rule(FROM_CONTAINER, new Verdict.Drop(), bridgeGroup()));
    rules.add(rule(FROM_CONTAINER, jump(IP4), etherType(0x0800)));
    rules.add(rule(FROM_CONTAINER, jump(IP6), etherType(0x86dd)));
    rules.add(rule(FROM_CONTAINER, jump(ARP), etherType(0x0806)));
    rules.add(rule(FROM_CONTAINER, new Verdict.Drop()));

    rules.add(rule(IP4, new Verdict.Drop(), network(16, 127)));
    rules.add(rule(IP4, new Verdict.Drop(), frameFrom(), address(12, 4), notOwn(OWN4)));
    rules.add(rule(IP4, new Verdict.Drop(), protocol(IPPROTO_UDP), sourcePort(67)));
    rules.add(rule(IP4, new Verdict.Drop(), protocol(IPPROTO_ICMP), type(ICMP_REDIRECT)));
    rules.add(rule(IP4, new Verdict.Accept()));

    for (int type : new int[] {ND_ROUTER_ADVERT, ND_REDIRECT}) {
      rules.add(rule(IP6, new Verdict.Drop(), protocol(IPPROTO_ICMPV6), type(type)));
    }
    rules.add(rule(IP6, new Verdict.Drop(), protocol(IPPROTO_UDP), sourcePort(547)));
    rules.add(
        rule(
            IP6,
            new Verdict.Drop(),
            protocol(IPPROTO_ICMPV6),
            type(ND_NEIGHBOR_ADVERT),
            frameFrom(),
            List.of(new PayloadLoad(PayloadLoad.Base.TRANSPORT_HEADER, 8, 16, BEHIND_MAC)),
            notOwn(OWN6)));
    rules.add(
        rule(
            IP6,
            new Verdict.Drop(),
            network(8, new byte[16]),
            List.of(
                new Meta(Meta.Key.L4PROTO, 1),
                new Cmp(1, Cmp.Operator.NEQ, Data.of((byte) IPPROTO_ICMPV6)))));
    rules.add(
        rule(
            IP6,
            new Verdict.Accept(),
            frameFrom(),
            address(8, 16),
            List.of(new Lookup(OWN6.name(), 1, Lookup.Membership.IN))));
    rules.add(rule(IP6, new Verdict.Drop()));

    byte[] ipv4OnEthernet = {0, 1, 8, 0, 6, 4};
    rules.add(
        rule(
            ARP,
            new Verdict.Drop(),
            List.of(
                new PayloadLoad(PayloadLoad.Base.NETWORK_HEADER, 0, ipv4OnEthernet.length, 1),
                new Cmp(1, Cmp.Operator.NEQ, Data.of(ipv4OnEthernet)))));
    rules.add(rule(ARP, new Verdict.Drop(), frameFrom(), address(14, 4), notOwn(OWN4)));
    rules.add(
        rule(
            ARP,
            new Verdict.Drop(),
            List.of(
                new Meta(Meta.Key.IIFNAME, 1),
                new PayloadLoad(PayloadLoad.Base.NETWORK_HEADER, 8, 6, BEHIND_NAME)),
            address(14, 4),
            notOwn(OWN4)));
    rules.add(rule(ARP, new Verdict.Accept()));
    return rules;
  }

  @SafeVarargs
  private static Rule rule(Chain chain, Verdict verdict, List<Expression>... matches) {
    var expressions = new ArrayList<Expression>();
    for (var match : matches) {
      expressions.addAll(match);
    }
    expressions.add(new ImmediateVerdict(verdict));
    return new Rule(chain, expressions, "");
  }

  /// `iifname "jt*"`: the beginning of the name alone is compared.
  private static List<Expression> port() {
    return List.of(
        new Meta(Meta.Key.IIFNAME, 1),
        new Cmp(1, Cmp.Operator.EQ, Data.of(HostLink.PREFIX.getBytes(StandardCharsets.US_ASCII))));
  }

  /// `ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00`.
  private static List<Expression> bridgeGroup() {
    byte ones = (byte) 0xff;
    return List.of(
        new PayloadLoad(PayloadLoad.Base.LINK_LAYER_HEADER, 0, 6, 1),
        new Bitwise(1, Data.of(ones, ones, ones, ones, ones, (byte) 0xf0), Data.of(new byte[6])),
        new Cmp(
            1,
            Cmp.Operator.EQ,
            Data.of((byte) 1, (byte) 0x80, (byte) 0xc2, (byte) 0, (byte) 0, (byte) 0)));
  }

  private static List<Expression> etherType(int type) {
    return List.of(
        new PayloadLoad(PayloadLoad.Base.LINK_LAYER_HEADER, 12, 2, 1),
        new Cmp(1, Cmp.Operator.EQ, bigEndian(type)));
  }

  /// `iifname . ether saddr`, the first two parts of what is looked up.
  private static List<Expression> frameFrom() {
    return List.of(
        new Meta(Meta.Key.IIFNAME, 1),
        new PayloadLoad(PayloadLoad.Base.LINK_LAYER_HEADER, 6, 6, BEHIND_NAME));
  }

  /// The third part, an address in the network header.
  private static List<Expression> address(int offset, int length) {
    return List.of(new PayloadLoad(PayloadLoad.Base.NETWORK_HEADER, offset, length, BEHIND_MAC));
  }

  private static List<Expression> notOwn(NamedSet set) {
    return List.of(new Lookup(set.name(), 1, Lookup.Membership.NOT_IN));
  }

  private static List<Expression> network(int offset, int... value) {
    var bytes = new byte[value.length];
    for (int i = 0; i < value.length; i++) {
      bytes[i] = (byte) value[i];
    }
    return network(offset, bytes);
  }

  private static List<Expression> network(int offset, byte[] value) {
    return List.of(
        new PayloadLoad(PayloadLoad.Base.NETWORK_HEADER, offset, value.length, 1),
        new Cmp(1, Cmp.Operator.EQ, Data.of(value)));
  }

  private static List<Expression> protocol(int number) {
    return List.of(
        new Meta(Meta.Key.L4PROTO, 1), new Cmp(1, Cmp.Operator.EQ, Data.of((byte) number)));
  }

  /// `icmp type` and `icmpv6 type`.
  private static List<Expression> type(int number) {
    return List.of(
        new PayloadLoad(PayloadLoad.Base.TRANSPORT_HEADER, 0, 1, 1),
        new Cmp(1, Cmp.Operator.EQ, Data.of((byte) number)));
  }

  private static List<Expression> sourcePort(int port) {
    return List.of(
        new PayloadLoad(PayloadLoad.Base.TRANSPORT_HEADER, 0, 2, 1),
        new Cmp(1, Cmp.Operator.EQ, bigEndian(port)));
  }

  private static Data bigEndian(int two) {
    return Data.of((byte) (two >>> 8), (byte) two);
  }

  private static Verdict jump(Chain chain) {
    return new Verdict.Jump(chain.name());
  }

  private static Chain base(String name, BaseHook.Hook hook) {
    return new Chain(
        TABLE, name, Optional.of(new BaseHook("filter", hook, PRIORITY, BaseHook.Policy.ACCEPT)));
  }

  private static Chain chain(String name) {
    return new Chain(TABLE, name, Optional.empty());
  }

  /// The address that the kernel derives from a MAC address: RFC 4291, appendix A.
  private static InetAddress linkLocal(Attachment attachment) {
    byte[] mac = attachment.mac().toBytes();
    byte[] bytes = new byte[16];
    bytes[0] = (byte) 0xfe;
    bytes[1] = (byte) 0x80;
    System.arraycopy(mac, 0, bytes, 8, 3);
    bytes[8] ^= 2;
    bytes[11] = (byte) 0xff;
    bytes[12] = (byte) 0xfe;
    System.arraycopy(mac, 3, bytes, 13, 3);
    return address(bytes);
  }

  private static InetAddress unspecified() {
    return address(new byte[16]);
  }

  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("16 bytes are an address", e);
    }
  }
}
