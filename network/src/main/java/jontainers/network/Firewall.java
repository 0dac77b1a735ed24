package jontainers.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.netlink.Request;
import jontainers.netlink.nftables.BaseHook;
import jontainers.netlink.nftables.Bitwise;
import jontainers.netlink.nftables.Chain;
import jontainers.netlink.nftables.Cmp;
import jontainers.netlink.nftables.Ct;
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

/// Keep our nf_tables tables. `inet jontainers`: what leaves is masqueraded, networks are apart,
/// and only what belongs to containers is forwarded for them. `bridge jontainers`: see
/// [SourceGuard].
///
/// ```
/// table inet jontainers {
///   set bridges  { type ifname;          elements = { "jontainers0" } }
///   set within   { type ifname . ifname; elements = { "jontainers0" . "jontainers0" } }
///   set subnets  { type ipv4_addr; flags interval; elements = { 172.19.80.0/24 } }
///   set subnets6 { type ipv6_addr; flags interval; }
///   set guarded  { type nf_proto;        elements = { ipv4 } }
///   chain postrouting {
///     type nat hook postrouting priority srcnat; policy accept;
///     oifname != @bridges ip saddr @subnets masquerade
///     oifname != @bridges ip6 saddr @subnets6 masquerade
///   }
///   chain forward {
///     type filter hook forward priority filter; policy accept;
///     iifname . oifname @within accept
///     iifname @bridges oifname @bridges drop
///     iifname @bridges accept
///     oifname @bridges ct state established,related accept
///     oifname @bridges ct status dnat accept
///     oifname @bridges drop
///     meta nfproto @guarded drop
///   }
/// }
/// ```
///
/// The rules are the same for any number of networks: a network is elements of sets. Each change is
/// one transaction that makes the table and writes its chains anew, so that it may be repeated and
/// repairs what somebody has flushed. `within` is there for bridged frames, which pass `forward`
/// too when br_netfilter is on.
///
/// From another link nothing reaches a container but answers, and what somebody has published with
/// destination NAT. `guarded` has the families whose forwarding *we* have switched on: for them the
/// host routes nothing that is not a container's. Where it was a router before, it still is.
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

  private static final NamedSet GUARDED = NamedSet.of(TABLE, "guarded", DataType.NF_PROTO);

  private static final byte NFPROTO_IPV4 = 2;
  private static final byte NFPROTO_IPV6 = 10;

  private static final int ATTEMPTS = 50;

  private final NftablesSocket socket;

  Firewall(NftablesSocket socket) {
    this.socket = socket;
  }

  /// Add a network; repeating it changes nothing.
  ///
  /// @param attachments the containers that are in it
  /// @return whether it was not there yet
  boolean add(BridgeNetwork network, Routing routing, List<Attachment> attachments)
      throws SyscallException {
    boolean isNew = !socket.elements(BRIDGES).contains(bridge(network));
    var requests = additions(network, routing);
    requests.addAll(SourceGuard.table());
    attachments.forEach(attachment -> requests.addAll(SourceGuard.additions(attachment)));
    socket.commit(requests);
    return isNew;
  }

  /// Who else is forwarded in a network's family.
  enum Routing {
    /// The host was a router before us: what is no container's is its administrator's.
    OF_THE_HOST,
    /// We have switched forwarding on: nobody.
    OF_CONTAINERS
  }

  /// Let a container send with its addresses.
  ///
  /// @throws SyscallException ENOENT where somebody has flushed our tables
  void connect(BridgeNetwork network, Attachment attachment) throws SyscallException {
    var requests = new ArrayList<>(SourceGuard.additions(attachment));
    requests.add(BRIDGES.add(List.of(bridge(network)))); // fails where the other table is gone
    socket.commit(requests);
  }

  /// Let nobody send with a container's addresses any more; a second time there is nothing to do.
  void disconnect(Attachment attachment) throws SyscallException {
    var set = SourceGuard.set(attachment);
    var elements = SourceGuard.elements(attachment);
    try {
      socket.commit(List.of(set.delete(elements)));
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
      var left = new ArrayList<>(socket.elements(set));
      left.retainAll(elements);
      if (!left.isEmpty()) {
        socket.commit(List.of(set.delete(left)));
      }
    }
  }

  /// Remove a network, and the tables with the last one.
  ///
  /// @param rest whether other networks of its family stay
  /// @return whether it was there
  boolean remove(BridgeNetwork network, Rest rest) throws SyscallException {
    for (int attempt = 1; ; attempt++) {
      int generation = socket.generation();
      var bridges = socket.elements(BRIDGES);
      boolean isThere = bridges.contains(bridge(network));
      try {
        if (bridges.size() == (isThere ? 1 : 0)) {
          // Made before, so that neither has to be there.
          socket.commit(
              generation,
              List.of(
                  TABLE.add(),
                  TABLE.delete(),
                  SourceGuard.TABLE.add(),
                  SourceGuard.TABLE.delete()));
        } else if (isThere) {
          socket.commit(generation, removals(network, rest));
        }
        return isThere;
      } catch (SyscallException e) {
        if (e.errno() != Errno.ERESTART || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// Whether a network that goes is the last one of its family.
  enum Rest {
    OTHERS,
    NONE
  }

  /// Return chains of others that drop forwarded packets unless they are told not to.
  List<Chain> droppers() throws SyscallException {
    return socket.chains().stream().filter(Firewall::drops).toList();
  }

  static List<Request> additions(BridgeNetwork network, Routing routing) {
    var requests = new ArrayList<Request>();
    requests.add(TABLE.add());
    requests.add(BRIDGES.add(1));
    requests.add(WITHIN.add(2));
    requests.add(SUBNETS.add(3));
    requests.add(SUBNETS6.add(4));
    requests.add(GUARDED.add(5));
    for (var chain : List.of(NAT, FORWARD)) {
      requests.add(chain.add());
      requests.add(chain.flush());
    }
    rules().forEach(rule -> requests.add(rule.add()));
    requests.add(BRIDGES.add(List.of(bridge(network))));
    requests.add(WITHIN.add(List.of(pair(network))));
    requests.add(subnets(network).add(range(network)));
    if (routing == Routing.OF_CONTAINERS) {
      requests.add(GUARDED.add(List.of(family(network))));
    }
    return requests;
  }

  private List<Request> removals(BridgeNetwork network, Rest rest) throws SyscallException {
    var requests = new ArrayList<Request>();
    requests.add(BRIDGES.delete(List.of(bridge(network))));
    if (socket.elements(WITHIN).contains(pair(network))) {
      requests.add(WITHIN.delete(List.of(pair(network))));
    }
    if (socket.elements(subnets(network)).contains(range(network).getFirst())) {
      requests.add(subnets(network).delete(range(network)));
    }
    if (rest == Rest.NONE && socket.elements(GUARDED).contains(family(network))) {
      requests.add(GUARDED.delete(List.of(family(network))));
    }
    return requests;
  }

  private static List<Rule> rules() {
    return List.of(
        new Rule(NAT, masquerade(NFPROTO_IPV4, 12, 4, SUBNETS), ""),
        new Rule(NAT, masquerade(NFPROTO_IPV6, 8, 16, SUBNETS6), ""),
        new Rule(
            FORWARD,
            List.of(
                new Meta(Meta.Key.IIFNAME, 1),
                new Meta(Meta.Key.OIFNAME, 2), // register 2 follows 1: together a concatenation
                new Lookup(WITHIN.name(), 1, Lookup.Membership.IN),
                new ImmediateVerdict(new Verdict.Accept())),
            "within a network"),
        forward("between networks", new Verdict.Drop(), from(), to()),
        forward("from a network", new Verdict.Accept(), from()),
        forward(
            "answers",
            new Verdict.Accept(),
            to(),
            ct(Ct.Key.STATE, Ct.STATE_ESTABLISHED | Ct.STATE_RELATED)),
        forward("published", new Verdict.Accept(), to(), ct(Ct.Key.STATUS, Ct.STATUS_DST_NAT)),
        forward("not published", new Verdict.Drop(), to()),
        forward(
            "forwarding is on for containers alone",
            new Verdict.Drop(),
            List.of(
                new Meta(Meta.Key.NFPROTO, 1),
                new Lookup(GUARDED.name(), 1, Lookup.Membership.IN))));
  }

  @SafeVarargs
  private static Rule forward(String comment, Verdict verdict, List<Expression>... matches) {
    var expressions = new ArrayList<Expression>();
    for (var match : matches) {
      expressions.addAll(match);
    }
    expressions.add(new ImmediateVerdict(verdict));
    return new Rule(FORWARD, expressions, comment);
  }

  /// `iifname @bridges`.
  private static List<Expression> from() {
    return List.of(
        new Meta(Meta.Key.IIFNAME, 1), new Lookup(BRIDGES.name(), 1, Lookup.Membership.IN));
  }

  /// `oifname @bridges`.
  private static List<Expression> to() {
    return List.of(
        new Meta(Meta.Key.OIFNAME, 1), new Lookup(BRIDGES.name(), 1, Lookup.Membership.IN));
  }

  /// `ct state BITS`: any of them.
  private static List<Expression> ct(Ct.Key key, int bits) {
    return List.of(
        new Ct(key, 1),
        new Bitwise(1, Data.ofInt(bits), Data.ofInt(0)),
        new Cmp(1, Cmp.Operator.NEQ, Data.ofInt(0)));
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

  private static Element family(BridgeNetwork network) {
    return Element.of(Data.of(network.subnet().isIpv4() ? NFPROTO_IPV4 : NFPROTO_IPV6));
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
