package jontainers.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jontainers.testkit.Command;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the host forwards once it has a network: machines on two of its links try.
@KernelTest
@SuppressWarnings("NullAway.Init")
class RoutingTest {
  private static final String FORWARD4 = "net.ipv4.ip_forward";
  private static final String FORWARD6 = "net.ipv6.conf.all.forwarding";

  @TempDir private Path state;
  private Bridges bridges;
  private BridgeNetwork network;
  private Leg left;
  private Leg right;

  @BeforeAll
  static void close_a_socket_under_a_blocked_thread() throws Exception {
    Traffic.closeOneUnderABlockedThread();
  }

  @BeforeEach
  void two_machines_beside_the_host() throws Exception {
    Command.run("sysctl", "-qw", FORWARD4 + "=0", FORWARD6 + "=0");
    bridges = Bridges.open(state);
    network = BridgeNetwork.of("bridge", "jontainers0", Cidr.parse("172.19.80.0/24"));
    left = Leg.of("left0", Cidr.parse("198.51.100.0/24"));
    right = Leg.of("right0", Cidr.parse("203.0.113.0/24"));
  }

  @AfterEach
  void nothing_is_left() throws Exception {
    left.close();
    right.close();
    bridges.close();
    Traffic.awaitNoEndpoints();
    Command.run("sysctl", "-qw", FORWARD4 + "=0", FORWARD6 + "=0");
    assertThat(Command.run("nft", "list", "ruleset")).isEmpty();
  }

  @Test
  void a_host_that_was_no_router_routes_for_containers_alone() throws Exception {
    bridges.prepare(network);
    try (var web = bridges.open(EndpointRequest.of("web", network));
        var server = Traffic.in(web.netns())) {
      assertThat(server).isNotNull();
      assertThat(right.hears(() -> Traffic.call(left.netns(), right.address())))
          .as("from one link to another")
          .isEqualTo("timeout");
      assertThat(Traffic.call(left.netns(), web.address()))
          .as("to a port that is not published")
          .isEqualTo("timeout");
      assertThat(right.hears(() -> Traffic.call(web.netns(), right.address())))
          .as("from a container")
          .isEqualTo("203.0.113.1");
    }
    bridges.release(network);
    assertThat(Command.run("sysctl", "-n", FORWARD4)).isEqualTo("0");
  }

  @Test
  void a_host_that_was_a_router_still_is_and_shows_no_unpublished_port() throws Exception {
    Command.run("sysctl", "-qw", FORWARD4 + "=1");
    bridges.prepare(network);
    try (var web = bridges.open(EndpointRequest.of("web", network));
        var server = Traffic.in(web.netns())) {
      assertThat(server).isNotNull();
      assertThat(right.hears(() -> Traffic.call(left.netns(), right.address())))
          .isEqualTo("198.51.100.2");
      assertThat(Traffic.call(left.netns(), web.address())).isEqualTo("timeout");
      assertThat(right.hears(() -> Traffic.call(web.netns(), right.address())))
          .isEqualTo("203.0.113.1");
    }
    bridges.release(network);
    assertThat(Command.run("sysctl", "-n", FORWARD4)).isEqualTo("1");
  }

  @Test
  void an_ipv6_network_makes_no_router_of_the_host_either() throws Exception {
    var six = BridgeNetwork.of("six", "jt6", Cidr.parse("fd00:86::/64"));
    bridges.prepare(six);
    try (var one = Leg.of("one0", Cidr.parse("2001:db8:1::/64"));
        var two = Leg.of("two0", Cidr.parse("2001:db8:2::/64"));
        var web = bridges.open(EndpointRequest.of("web", six));
        var server = Traffic.in(web.netns())) {
      assertThat(server).isNotNull();
      assertThat(two.hears(() -> Traffic.call(one.netns(), two.address()))).isEqualTo("timeout");
      assertThat(Traffic.call(one.netns(), web.address())).isEqualTo("timeout");
      assertThat(two.hears(() -> Traffic.call(web.netns(), two.address())))
          .isEqualTo("2001:db8:2::1");
    }
    bridges.release(six);
  }

  @Test
  void what_the_administrator_publishes_is_reached() throws Exception {
    bridges.prepare(network);
    Command.run("nft", "add table ip admin");
    Command.run("nft", "add chain ip admin pre { type nat hook prerouting priority dstnat; }");
    try (var web = bridges.open(EndpointRequest.of("web", network));
        var server = Traffic.in(web.netns())) {
      assertThat(server).isNotNull();
      Command.run(
          "nft",
          "add rule ip admin pre ip daddr 198.51.100.1 tcp dport 7777 dnat to "
              + IpText.of(web.address()));
      assertThat(Traffic.call(left.netns(), ip("198.51.100.1"))).isEqualTo("198.51.100.2");
    } finally {
      Command.run("nft", "delete table ip admin");
    }
    bridges.release(network);
  }

  @Test
  void a_family_is_guarded_as_long_as_it_has_a_network() throws Exception {
    var second = BridgeNetwork.of("second", "jt1", Cidr.parse("172.19.81.0/24"));
    var six = BridgeNetwork.of("six", "jt6", Cidr.parse("fd00:86::/64"));
    for (var each : List.of(network, second, six)) {
      bridges.prepare(each);
    }
    assertThat(guarded()).contains("ipv4", "ipv6");
    bridges.release(network);
    assertThat(guarded()).contains("ipv4", "ipv6");
    bridges.release(second);
    assertThat(guarded()).contains("ipv6").doesNotContain("ipv4");
    bridges.release(six);
  }

  @Test
  void preparing_again_keeps_the_guard() throws Exception {
    bridges.prepare(network);
    Command.run("nft", "flush", "ruleset");
    bridges.prepare(network);
    assertThat(guarded()).contains("ipv4");
    bridges.release(network);
  }

  /// As after a reboot: the file is there, and forwarding is on by somebody else.
  @Test
  void what_was_switched_on_before_the_machine_started_is_not_ours() throws Exception {
    var memory = state.resolve("network/.sysctl/" + FORWARD4);
    StateFile.write(memory, Map.of("before", "0", "boot", "of-yesterday"));
    Command.run("sysctl", "-qw", FORWARD4 + "=1");
    bridges.prepare(network);
    assertThat(guarded()).doesNotContain("ipv4");
    bridges.release(network);
    assertThat(Command.run("sysctl", "-n", FORWARD4)).isEqualTo("1");
    assertThat(Files.exists(memory)).isFalse();
  }

  private static String guarded() throws Exception {
    return Command.run("nft", "list", "set", "inet", "jontainers", "guarded");
  }

  private static InetAddress ip(String text) {
    return CidrTest.ip(text);
  }
}
