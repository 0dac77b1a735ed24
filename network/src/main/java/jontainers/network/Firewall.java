package jontainers.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.netlink.Request;
import jontainers.netlink.nftables.BaseHook;
import jontainers.netlink.nftables.Chain;
import jontainers.netlink.nftables.Cmp;
import jontainers.netlink.nftables.Data;
import jontainers.netlink.nftables.DataType;
import jontainers.netlink.nftables.Element;
import jontainers.netlink.nftables.Expression;
import jontainers.netlink.nftables.Family;
import jontainers.netlink.nftables.ImmediateVerdict;
import jontainers.netlink.nftables.Lookup;
import jontainers.netlink.nftables.Masquerade;
import jontainers.netlink.nftables.Meta;
import jontainers.netlink.nftables.NamedSet;
import jontainers.netlink.nftables.NftablesSocket;
import jontainers.netlink.nftables.PayloadLoad;
import jontainers.netlink.nftables.Rule;
import jontainers.netlink.nftables.Table;
import jontainers.netlink.nftables.Verdict;

/// Keep the one nf_tables table, `inet jontainers`: what leaves is masqueraded, networks are apart.
///
/// ```
/// table inet jontainers {
///   set bridges  { type ifname;          elements = { "jontainers0" } }
///   set within   { type ifname . ifname; elements = { "jontainers0" . "jontainers0" } }
///   set subnets  { type ipv4_addr; flags interval; elements = { 172.19.80.0/24 } }
///   set subnets6 { type ipv6_addr; flags interval; }
///   chain postrouting {
///     type nat hook postrouting priority srcnat; policy accept;
///     oifname != @bridges ip saddr @subnets masquerade
///     oifname != @bridges ip6 saddr @subnets6 masquerade
///   }
///   chain forward {
///     type filter hook forward priority filter; policy accept;
///     iifname . oifname @within accept
///     iifname @bridges oifname @bridges drop
///   }
/// }
/// ```
///
/// The rules are the same for any number of networks: a network is elements of sets. Each change is
/// one transaction that makes the table and writes its chains anew, so that it may be repeated and
/// repairs what somebody has flushed. `within` is there for bridged frames, which pass `forward`
/// too when br_netfilter is on.
///
/// **Beside other firewalls.** In nf_tables, and in iptables, which is the same hook, any base
/// chain can drop a packet for good, while `accept` only ends one chain. So this table never lets
/// through what another drops. Docker sets the policy of iptables' FORWARD chain to drop; where it
/// does, the administrator lets our networks through in its DOCKER-USER chain. See docs/network.md.
///
/// Safe for any thread and for several engines: removals are bound to the generation of the ruleset
/// they were decided on.
final class Firewall {
  static final String POSTROUTING = "postrouting";

  static final Table TABLE = new Table(Family.INET, "jontainers");

  private static final Chain NAT =
      new Chain(
          TABLE,
          POSTROUTING,
          Optional.of(
              new BaseHook(
                  "nat",
                  BaseHook.Hook.POSTROUTING,
                  BaseHook.PRIORITY_SRCNAT,
                  BaseHook.Policy.ACCEPT)));
  private static final Chain FORWARD =
      new Chain(
          TABLE,
          "forward",
          Optional.of(
              new BaseHook(
                  "filter",
                  BaseHook.Hook.FORWARD,
                  BaseHook.PRIORITY_FILTER,
                  BaseHook.Policy.ACCEPT)));

  private static final NamedSet BRIDGES = NamedSet.of(TABLE, "bridges", DataType.IFNAME);
  private static final NamedSet WITHIN =
      NamedSet.of(TABLE, "within", DataType.IFNAME, DataType.IFNAME);
  private static final NamedSet SUBNETS =
      NamedSet.ofIntervals(TABLE, "subnets", DataType.IPV4_ADDR);
  private static final NamedSet SUBNETS6 =
      NamedSet.ofIntervals(TABLE, "subnets6", DataType.IPV6_ADDR);

  private static final int ATTEMPTS = 50;

  private final NftablesSocket socket;

  Firewall(NftablesSocket socket) {
    this.socket = socket;
  }

  /// Add a network; repeating it changes nothing.
  ///
  /// @return whether it was not there yet
  boolean add(BridgeNetwork network) throws SyscallException {
    boolean isNew = !socket.elements(BRIDGES).contains(bridge(network));
    socket.commit(additions(network));
    return isNew;
  }

  /// Remove a network, and the table with the last one.
  ///
  /// @return whether it was there
  boolean remove(BridgeNetwork network) throws SyscallException {
    for (int attempt = 1; ; attempt++) {
      int generation = socket.generation();
      var bridges = socket.elements(BRIDGES);
      if (!bridges.contains(bridge(network))) {
        return false;
      }
      try {
        socket.commit(
            generation, bridges.size() == 1 ? List.of(TABLE.delete()) : removals(network));
        return true;
      } catch (SyscallException e) {
        if (e.errno() != Errno.ERESTART || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// Return chains of others that drop forwarded packets unless they are told not to.
  List<Chain> droppers() throws SyscallException {
    return socket.chains().stream().filter(Firewall::drops).toList();
  }

  static List<Request> additions(BridgeNetwork network) {
    var requests = new ArrayList<Request>();
    requests.add(TABLE.add());
    requests.add(BRIDGES.add(1));
    requests.add(WITHIN.add(2));
    requests.add(SUBNETS.add(3));
    requests.add(SUBNETS6.add(4));
    for (var chain : List.of(NAT, FORWARD)) {
      requests.add(chain.add());
      requests.add(chain.flush());
    }
    rules().forEach(rule -> requests.add(rule.add()));
    requests.add(BRIDGES.add(List.of(bridge(network))));
    requests.add(WITHIN.add(List.of(pair(network))));
    requests.add(subnets(network).add(range(network)));
    return requests;
  }

  private List<Request> removals(BridgeNetwork network) throws SyscallException {
    var requests = new ArrayList<Request>();
    requests.add(BRIDGES.delete(List.of(bridge(network))));
    if (socket.elements(WITHIN).contains(pair(network))) {
      requests.add(WITHIN.delete(List.of(pair(network))));
    }
    if (socket.elements(subnets(network)).contains(range(network).getFirst())) {
      requests.add(subnets(network).delete(range(network)));
    }
    return requests;
  }

  private static List<Rule> rules() {
    return List.of(
        new Rule(NAT, masquerade((byte) 2, 12, 4, SUBNETS), ""), // NFPROTO_IPV4
        new Rule(NAT, masquerade((byte) 10, 8, 16, SUBNETS6), ""), // NFPROTO_IPV6
        new Rule(
            FORWARD,
            List.of(
                new Meta(Meta.Key.IIFNAME, 1),
                new Meta(Meta.Key.OIFNAME, 2), // register 2 follows 1: together a concatenation
                new Lookup(WITHIN.name(), 1, Lookup.Membership.IN),
                new ImmediateVerdict(new Verdict.Accept())),
            "within a network"),
        new Rule(
            FORWARD,
            List.of(
                new Meta(Meta.Key.IIFNAME, 1),
                new Lookup(BRIDGES.name(), 1, Lookup.Membership.IN),
                new Meta(Meta.Key.OIFNAME, 1),
                new Lookup(BRIDGES.name(), 1, Lookup.Membership.IN),
                new ImmediateVerdict(new Verdict.Drop())),
            "between networks"));
  }

  /// `oifname != @bridges ip saddr @subnets masquerade`.
  private static List<Expression> masquerade(byte nfproto, int offset, int length, NamedSet set) {
    return List.of(
        new Meta(Meta.Key.OIFNAME, 1),
        new Lookup(BRIDGES.name(), 1, Lookup.Membership.NOT_IN),
        new Meta(Meta.Key.NFPROTO, 1),
        new Cmp(1, Cmp.Operator.EQ, Data.of(nfproto)),
        new PayloadLoad(PayloadLoad.Base.NETWORK_HEADER, offset, length, 1),
        new Lookup(set.name(), 1, Lookup.Membership.IN),
        new Masquerade());
  }

  private static Element bridge(BridgeNetwork network) {
    return Element.of(Data.link(network.link()));
  }

  private static Element pair(BridgeNetwork network) {
    var link = Data.link(network.link());
    return Element.of(Data.concatenation(link, link));
  }

  private static NamedSet subnets(BridgeNetwork network) {
    return network.subnet().isIpv4() ? SUBNETS : SUBNETS6;
  }

  private static List<Element> range(BridgeNetwork network) {
    return Element.range(Data.of(network.subnet().address()), network.subnet().size());
  }

  private static boolean drops(Chain chain) {
    return !chain.table().equals(TABLE)
        && chain.table().family() != Family.BRIDGE
        && chain.hook().isPresent()
        && chain.hook().get().hook() == BaseHook.Hook.FORWARD
        && chain.hook().get().policy() == BaseHook.Policy.DROP;
  }
}
