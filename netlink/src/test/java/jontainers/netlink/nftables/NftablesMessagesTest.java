package jontainers.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import jontainers.netlink.Body;
import jontainers.netlink.Message;
import org.junit.jupiter.api.Test;

class NftablesMessagesTest {
  private static final Table TABLE = new Table(Family.INET, "t");

  @Test
  void every_expression_has_the_kernels_bytes() {
    // meta load oifname => reg 1
    bytes(new Meta(Meta.Key.OIFNAME, 1), "0800 0200 00000007  0800 0100 00000001");
    // cmp eq reg 1 0x02
    bytes(
        new Cmp(1, Cmp.Operator.EQ, Data.of((byte) 2)),
        "0800 0100 00000001  0800 0200 00000000  0c00 0380 0500 0100 02000000");
    // payload load 4b @ network header + 12 => reg 1
    bytes(
        new PayloadLoad(PayloadLoad.Base.NETWORK_HEADER, 12, 4, 1),
        "0800 0100 00000001  0800 0200 00000001  0800 0300 0000000c  0800 0400 00000004");
    // bitwise reg 1 = ( reg 1 & 0xff000000 ) ^ 0x00000000
    bytes(
        new Bitwise(1, Data.of((byte) -1, (byte) 0, (byte) 0, (byte) 0), Data.of(new byte[4])),
        "0800 0100 00000001  0800 0200 00000001  0800 0300 00000004"
            + "0c00 0480 0800 0100 ff000000  0c00 0580 0800 0100 00000000");
    // immediate reg 0 drop
    bytes(
        new ImmediateVerdict(new Verdict.Drop()),
        "0800 0100 00000000  1000 0280 0c00 0280 0800 0100 00000000");
    // immediate reg 0 jump -> c
    bytes(
        new ImmediateVerdict(new Verdict.Jump("c")),
        "0800 0100 00000000  1800 0280 1400 0280 0800 0100 fffffffd 0600 0200 6300 0000");
    // immediate reg 1 0x01020304
    bytes(
        new ImmediateValue(1, Data.of((byte) 1, (byte) 2, (byte) 3, (byte) 4)),
        "0800 0100 00000001  0c00 0280 0800 0100 01020304");
    // ct load state => reg 1
    bytes(new Ct(Ct.Key.STATE, 1), "0800 0200 00000000  0800 0100 00000001");
    // lookup reg 1 set s 0x1
    bytes(
        new Lookup("s", 1, Lookup.Membership.NOT_IN),
        "0600 0100 7300 0000  0800 0200 00000001  0800 0500 00000001");
    bytes(new Counter(), "0c00 0100 0000000000000000  0c00 0200 0000000000000000");
    bytes(new Masquerade(), "");
  }

  @Test
  void a_concatenation_fills_whole_registers() {
    assertThat(Data.concatenation(Data.of((byte) 6), Data.of((byte) 0, (byte) 80)))
        .hasToString("0x0600000000500000");
    assertThat(DataType.length(List.of(DataType.INET_PROTO, DataType.INET_SERVICE))).isEqualTo(8);
    assertThat(DataType.length(List.of(DataType.INET_SERVICE))).isEqualTo(2);
    assertThat(DataType.number(List.of(DataType.IFNAME, DataType.IFNAME))).isEqualTo(41 << 6 | 41);
  }

  @Test
  void a_range_ends_behind_its_last_value() {
    assertThat(Element.range(ip("172.19.80.0"), BigInteger.valueOf(256)))
        .extracting(Element::key)
        .containsExactly(ip("172.19.80.0"), ip("172.19.81.0"));
  }

  @Test
  void a_range_up_to_the_largest_value_has_no_end() {
    assertThat(Element.range(ip("255.255.255.0"), BigInteger.valueOf(256)))
        .extracting(Element::key)
        .containsExactly(ip("255.255.255.0"));
  }

  @Test
  void a_links_name_fills_ifnamsiz() {
    assertThat(Data.link("lo").toBytes()).hasSize(16).startsWith('l', 'o', 0);
    assertThatThrownBy(() -> Data.link("0123456789abcdef"))
        .hasMessage("not a link's name: 0123456789abcdef");
  }

  @Test
  void a_batch_names_its_subsystem_and_generation() {
    assertThat(Nfnetlink.begin(5)).hasToString("NFNL_MSG_BATCH_BEGIN of nf_tables");
    assertThat(TABLE.add()).hasToString("NFT_MSG_NEWTABLE table inet t");
  }

  @Test
  void chains_of_unknown_families_and_hooks_are_left_out() throws Exception {
    String names = "0600 0100 7400 0000 0600 0300 6300 0000"; // table t, chain c
    assertThat(Chain.parse(message("7f000000" + names))).isEmpty();
    assertThat(Chain.parse(message("01000000" + names)))
        .contains(new Chain(TABLE, "c", Optional.empty()));
    String hook = "1400 0480 0800 0100 00000009 0800 0200 00000000"; // hook number 9
    assertThat(Chain.parse(message("01000000" + names + hook))).isEmpty();
  }

  @Test
  void user_data_of_others_is_no_comment() throws Exception {
    String names = "0600 0100 7400 0000 0600 0200 6300 0000";
    assertThat(rule(names + "0900 0700 00036f6b00 000000").comment()).isEqualTo("ok");
    assertThat(rule(names + "0900 0700 007f6f6b00 000000").comment()).isEmpty(); // lies
    assertThat(rule(names + "0500 0700 00 000000").comment()).isEmpty();
    assertThat(rule(names + "0600 0700 0000 0000").comment()).isEmpty();
  }

  @Test
  void a_comment_that_the_kernel_would_cut_is_refused() {
    var chain = new Chain(TABLE, "c", Optional.empty());
    assertThatThrownBy(() -> new Rule(chain, List.of(), "x".repeat(128)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static InstalledRule rule(String hex) throws Exception {
    return InstalledRule.parse(TABLE, message("01000000" + hex));
  }

  private static Data ip(String text) {
    return Data.of(InetAddress.ofLiteral(text));
  }

  private static Message message(String hex) {
    return new Message(0, 0, 1, ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", ""))));
  }

  private static void bytes(Expression expression, String hex) {
    var body = new Body();
    expression.write(body);
    assertThat(HexFormat.of().formatHex(body.toBytes()))
        .as(expression.toString())
        .isEqualTo(hex.replace(" ", ""));
  }
}
