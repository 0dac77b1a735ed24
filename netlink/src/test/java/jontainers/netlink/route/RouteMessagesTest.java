package jontainers.netlink.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import jontainers.netlink.Message;
import org.junit.jupiter.api.Test;

class RouteMessagesTest {
  @Test
  void a_link_is_read_with_its_kind_master_and_mac() throws Exception {
    var link =
        Link.parse(
            message(
                "0000 0100 07000000 43100100 00000000"
                    + "0800 0300 6a743000" // IFLA_IFNAME jt0
                    + "0800 0400 dc050000" // IFLA_MTU 1500
                    + "0800 0a00 05000000" // IFLA_MASTER 5
                    + "0a00 0100 0242ac135002 0000" // IFLA_ADDRESS
                    + "1000 1200 0900 0100 7665746800 000000")); // IFLA_LINKINFO { KIND veth }
    assertThat(link.name()).isEqualTo("jt0");
    assertThat(link.index()).isEqualTo(7);
    assertThat(link.kind()).isEqualTo("veth");
    assertThat(link.mtu()).isEqualTo(1500);
    assertThat(link.master()).hasValue(5);
    assertThat(link.mac()).contains(MacAddress.parse("02:42:ac:13:50:02"));
    assertThat(link.isUp()).isTrue();
  }

  @Test
  void a_hardware_address_that_is_not_of_six_bytes_is_no_mac() throws Exception {
    var link = Link.parse(message("0000 0100 07000000 00000000 00000000 0800 0100 0a000001"));
    assertThat(link.mac()).isEmpty();
  }

  @Test
  void an_address_of_the_wrong_length_is_not_an_address() throws Exception {
    assertThat(LinkAddress.parse(message("02180000 07000000 0700 0200 ac1350 00"))).isEmpty();
    assertThat(LinkAddress.parse(message("02180000 07000000 0800 0200 ac135002")))
        .contains(new LinkAddress(7, InetAddress.ofLiteral("172.19.80.2"), 24));
  }

  @Test
  void an_ipv6_address_has_no_local_part() throws Exception {
    assertThat(
            LinkAddress.parse(
                message("0a400000 07000000 1400 0100 fd000000000000000000000000000002")))
        .contains(new LinkAddress(7, InetAddress.ofLiteral("fd00::2"), 64));
  }

  @Test
  void a_route_without_a_destination_is_the_default_route() throws Exception {
    var route =
        Route.parse(
                message(
                    "02000000 fe030001 00000000"
                        + "0800 0500 ac135001" // RTA_GATEWAY
                        + "0800 0400 07000000")) // RTA_OIF
            .orElseThrow();
    assertThat(route)
        .isEqualTo(Route.defaultVia(InetAddress.ofLiteral("172.19.80.1"), 7))
        .hasToString("default via 172.19.80.1");
    assertThat(route.isDefault()).isTrue();
  }

  @Test
  void cloned_routes_and_other_families_are_left_out() throws Exception {
    assertThat(Route.parse(message("02000000 fe030001 00020000"))).isEmpty();
    assertThat(Route.parse(message("1c000000 fe030001 00000000"))).isEmpty();
  }

  @Test
  void a_prefix_longer_than_an_address_is_left_out() throws Exception {
    assertThat(Route.parse(message("02210000 fe030001 00000000"))).isEmpty();
    assertThat(LinkAddress.parse(message("02210000 07000000 0800 0200 ac135002"))).isEmpty();
  }

  @Test
  void a_mac_address_is_derived_from_the_ip_address_as_docker_does() throws Exception {
    assertThat(MacAddress.derivedFrom(InetAddress.ofLiteral("172.19.80.2")))
        .hasToString("02:42:ac:13:50:02");
    assertThat(MacAddress.derivedFrom(InetAddress.ofLiteral("fd00::1:2")))
        .hasToString("02:42:00:01:00:02");
  }

  @Test
  void what_is_no_mac_address_is_refused() {
    assertThat(MacAddress.parse("02:42:AC:13:50:02")).hasToString("02:42:ac:13:50:02");
    assertThat(MacAddress.parse("01:00:5e:00:00:01").isMulticast()).isTrue();
    assertThatThrownBy(() -> MacAddress.parse("02:42:ac:13:50"))
        .hasMessage("not a MAC address: 02:42:ac:13:50");
    assertThatThrownBy(() -> MacAddress.parse("router")).hasMessage("not a MAC address: router");
  }

  @Test
  void a_name_that_no_link_can_have_is_refused_before_the_kernel_does() {
    for (var name : new String[] {"", "a/b", "a b", "..", "0123456789abcdef", "a:b", "ä"}) {
      assertThatThrownBy(() -> Link.up(name)).hasMessage("not a link's name: " + name);
    }
  }

  @Test
  void a_request_is_told_in_the_users_words() {
    assertThat(Link.up("eth0")).hasToString("RTM_SETLINK eth0 up");
    assertThat(new Route(any(), 8, Optional.empty(), OptionalInt.empty(), 254, 1).add())
        .hasToString("RTM_NEWROUTE 0.0.0.0/8");
  }

  private static InetAddress any() {
    return InetAddress.ofLiteral("0.0.0.0");
  }

  private static Message message(String hex) {
    return new Message(16, 0, 1, ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", ""))));
  }
}
