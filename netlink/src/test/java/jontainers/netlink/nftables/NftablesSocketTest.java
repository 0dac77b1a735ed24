package jontainers.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.testkit.Command;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@KernelTest
class NftablesSocketTest {
  private static final Table TABLE = new Table(Family.INET, "t");
  private static final Chain CHAIN =
      new Chain(
          TABLE,
          "c",
          Optional.of(new BaseHook("filter", BaseHook.Hook.FORWARD, -5, BaseHook.Policy.DROP)));
  private static final Chain OTHER = new Chain(TABLE, "other", Optional.empty());

  @SuppressWarnings("NullAway.Init")
  private NftablesSocket socket;

  @BeforeEach
  void open() throws Exception {
    socket = NftablesSocket.open();
    socket.commit(List.of(TABLE.add(), CHAIN.add(), OTHER.add()));
  }

  @AfterEach
  void close() throws Exception {
    socket.commit(List.of(TABLE.add(), TABLE.delete()));
    socket.close();
    assertThat(Command.run("nft", "list", "ruleset")).isEmpty();
  }

  @Test
  void tables_and_chains_are_what_nft_shows() throws Exception {
    assertThat(Command.run("nft", "list", "ruleset").replaceAll("\\s+", " "))
        .isEqualTo(
            "table inet t { chain c { type filter hook forward priority filter - 5; policy drop; }"
                + " chain other { } }");
    assertThat(socket.tables()).containsExactly(TABLE);
    assertThat(socket.chains()).containsExactly(CHAIN, OTHER);
    socket.commit(List.of(OTHER.delete()));
    assertThat(socket.chains()).containsExactly(CHAIN);
  }

  @Test
  void every_expression_is_what_nft_shows() throws Exception {
    add(
        "icmp",
        new Meta(Meta.Key.L4PROTO, 1),
        new Cmp(1, Cmp.Operator.EQ, Data.of((byte) 1)),
        new Counter(),
        new ImmediateVerdict(new Verdict.Accept()));
    add(
        "net",
        new Meta(Meta.Key.NFPROTO, 1),
        new Cmp(1, Cmp.Operator.EQ, Data.of((byte) 2)),
        new PayloadLoad(PayloadLoad.Base.NETWORK_HEADER, 12, 4, 1),
        new Bitwise(1, ip("255.255.240.0"), ip("0.0.0.0")),
        new Cmp(1, Cmp.Operator.NEQ, ip("10.1.16.0")),
        new ImmediateVerdict(new Verdict.Return()));
    add(
        "state",
        new Ct(Ct.Key.STATE, 1),
        new Bitwise(1, Data.of((byte) 6, (byte) 0, (byte) 0, (byte) 0), Data.of(new byte[4])),
        new Cmp(1, Cmp.Operator.NEQ, Data.of(new byte[4])),
        new ImmediateVerdict(new Verdict.Jump("other")));
    add(
        "mark",
        new Meta(Meta.Key.IIFNAME, 1),
        new Cmp(1, Cmp.Operator.EQ, Data.link("lo")),
        new ImmediateVerdict(new Verdict.Drop()));
    assertThat(Command.run("nft", "list", "chain", "inet", "t", "c"))
        .contains("meta l4proto icmp counter packets 0 bytes 0 accept comment \"icmp\"")
        .contains("ip saddr != 10.1.16.0/20 return comment \"net\"")
        .contains("ct state established,related jump other comment \"state\"")
        .contains("iifname \"lo\" drop comment \"mark\"");
    assertThat(socket.rules(TABLE))
        .extracting(InstalledRule::comment)
        .containsExactly("icmp", "net", "state", "mark");
    assertThat(socket.rules(TABLE).getFirst().expressions())
        .containsExactly("meta", "cmp", "counter", "immediate");
  }

  @Test
  void a_constant_is_loaded_into_a_register() throws Exception {
    add("value", new ImmediateValue(1, ip("10.0.0.1")));
    assertThat(socket.rules(TABLE).getFirst().expressions()).containsExactly("immediate");
  }

  @Test
  void one_rule_is_deleted_by_its_handle() throws Exception {
    add("one", new Counter());
    add("two", new Counter());
    socket.commit(List.of(Rule.delete(CHAIN, socket.rules(TABLE).getFirst().handle())));
    assertThat(socket.rules(TABLE)).extracting(InstalledRule::comment).containsExactly("two");
    socket.commit(List.of(CHAIN.flush()));
    assertThat(socket.rules(TABLE)).isEmpty();
  }

  @Test
  void sets_of_names_ranges_and_concatenations_are_what_nft_shows() throws Exception {
    var names = NamedSet.of(TABLE, "names", DataType.IFNAME);
    var pairs = NamedSet.of(TABLE, "pairs", DataType.IFNAME, DataType.IFNAME);
    var ranges = NamedSet.ofIntervals(TABLE, "ranges", DataType.IPV4_ADDR);
    var ranges6 = NamedSet.ofIntervals(TABLE, "ranges6", DataType.IPV6_ADDR);
    var pair = Element.of(Data.concatenation(Data.link("br0"), Data.link("br1")));
    var range = Element.range(ip("10.1.0.0"), BigInteger.valueOf(65536));
    var range6 = Element.range(ip("fd00:1::"), BigInteger.ONE.shiftLeft(64));
    socket.commit(
        List.of(
            names.add(1),
            pairs.add(2),
            ranges.add(3),
            ranges6.add(4),
            names.add(List.of(Element.of(Data.link("br0")), Element.of(Data.link("br1")))),
            pairs.add(List.of(pair)),
            ranges.add(range),
            ranges6.add(range6)));
    assertThat(Command.run("nft", "list", "ruleset"))
        .contains("type ifname . ifname", "elements = { \"br0\" . \"br1\" }")
        .contains("flags interval", "elements = { 10.1.0.0/16 }", "elements = { fd00:1::/64 }")
        .containsPattern("elements = \\{ \"br[01]\",\\s+\"br[01]\" }");
    assertThat(Command.run("nft", "-j", "list", "set", "inet", "t", "ranges"))
        .contains("{\"prefix\": {\"addr\": \"10.1.0.0\", \"len\": 16}}");
    assertThat(socket.sets(TABLE)).containsExactlyInAnyOrder("names", "pairs", "ranges", "ranges6");
    assertThat(socket.elements(pairs)).containsExactly(pair);
    assertThat(socket.elements(ranges)).containsAll(range);

    socket.commit(List.of(ranges.add(range), pairs.add(List.of(pair)))); // twice is once
    socket.commit(List.of(ranges.delete(range), ranges6.delete(range6), names.delete()));
    assertThat(socket.elements(ranges)).noneMatch(e -> e.role() == Element.Role.KEY);
    assertThat(socket.sets(TABLE)).containsExactlyInAnyOrder("pairs", "ranges", "ranges6");
  }

  @Test
  void a_map_of_concatenations_is_what_nft_shows() throws Exception {
    var map =
        NamedSet.map(
            TABLE,
            "ports",
            List.of(DataType.INET_PROTO, DataType.INET_SERVICE),
            List.of(DataType.IPV4_ADDR, DataType.INET_SERVICE));
    var key = Data.concatenation(Data.of((byte) 6), Data.of((byte) 0x1f, (byte) 0x90));
    var value = Data.concatenation(ip("172.19.80.2"), Data.of((byte) 0, (byte) 80));
    socket.commit(List.of(map.add(1), map.add(List.of(Element.of(key, value)))));
    assertThat(Command.run("nft", "list", "map", "inet", "t", "ports"))
        .contains("type inet_proto . inet_service : ipv4_addr . inet_service")
        .contains("elements = { tcp . 8080 : 172.19.80.2 . 80 }");
    assertThat(socket.elements(map)).containsExactly(Element.of(key, value));
  }

  @Test
  void a_batch_is_applied_as_a_whole_or_not_at_all() {
    var missing = new Rule(CHAIN, List.of(new Lookup("nosuch", 1, Lookup.Membership.IN)), "");
    var set = NamedSet.of(TABLE, "names", DataType.IFNAME);
    assertThatThrownBy(() -> socket.commit(List.of(set.add(1), missing.add(), OTHER.delete())))
        .hasMessageStartingWith("NFT_MSG_NEWRULE in chain c of table inet t: ENOENT");
    assertThatNothingChanged();
  }

  @Test
  void an_unknown_chain_type_is_named_after_its_chain() {
    var hook = new BaseHook("nosuch", BaseHook.Hook.INPUT, 0, BaseHook.Policy.ACCEPT);
    assertThatThrownBy(() -> socket.commit(List.of(new Chain(TABLE, "x", Optional.of(hook)).add())))
        .hasMessageStartingWith("NFT_MSG_NEWCHAIN chain x of table inet t: ENOENT");
    assertThatNothingChanged();
  }

  @Test
  void a_batch_decided_on_an_older_ruleset_is_refused() throws Exception {
    int generation = socket.generation();
    socket.commit(List.of(NamedSet.of(TABLE, "s", DataType.IFNAME).add(1)));
    assertThatThrownBy(() -> socket.commit(generation, List.of(OTHER.delete())))
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ERESTART));
    socket.commit(socket.generation(), List.of(OTHER.delete()));
    assertThat(socket.chains()).containsExactly(CHAIN);
  }

  @Test
  void a_batch_longer_than_one_receive_buffer_of_answers_goes_through() throws Exception {
    var set = NamedSet.of(TABLE, "s", DataType.IPV4_ADDR);
    var requests = new ArrayList<>(List.of(set.add(1)));
    for (int i = 0; i < 150; i++) {
      requests.add(set.add(List.of(Element.of(ip("10.0.0." + i)))));
    }
    socket.commit(requests);
    assertThat(socket.elements(set)).hasSize(150);
  }

  @Test
  void elements_of_a_set_that_is_not_there_are_none() throws Exception {
    assertThat(socket.elements(NamedSet.of(TABLE, "nosuch", DataType.IFNAME))).isEmpty();
  }

  private void assertThatNothingChanged() {
    try {
      assertThat(socket.sets(TABLE)).isEmpty();
      assertThat(socket.rules(TABLE)).isEmpty();
      assertThat(socket.chains()).containsExactly(CHAIN, OTHER);
    } catch (SyscallException e) {
      throw new AssertionError(e);
    }
  }

  private void add(String comment, Expression... expressions) throws SyscallException {
    socket.commit(List.of(new Rule(CHAIN, List.of(expressions), comment).add()));
  }

  private static Data ip(String text) {
    return Data.of(InetAddress.ofLiteral(text));
  }
}
