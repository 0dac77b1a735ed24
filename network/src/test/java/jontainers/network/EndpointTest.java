package jontainers.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jontainers.linux.Fd;
import jontainers.linux.NetworkNamespace;
import jontainers.netlink.route.Link;
import jontainers.netlink.route.LinkAddress;
import jontainers.netlink.route.MacAddress;
import jontainers.netlink.route.RouteSocket;
import jontainers.netlink.route.VethPair;
import jontainers.testkit.Command;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
@SuppressWarnings("NullAway.Init")
class EndpointTest {
  @TempDir private Path state;
  private Bridges bridges;
  private BridgeNetwork one;
  private BridgeNetwork two;
  private BridgeNetwork six;

  @BeforeAll
  static void close_a_socket_under_a_blocked_thread() throws Exception {
    Traffic.closeOneUnderABlockedThread();
  }

  @BeforeEach
  void prepare() throws Exception {
    bridges = Bridges.open(state);
    one = BridgeNetwork.of("one", "jt1", Cidr.parse("172.19.81.0/24"));
    two = BridgeNetwork.of("two", "jt2", Cidr.parse("172.19.82.0/24"));
    six = BridgeNetwork.of("six", "jt6", Cidr.parse("fd00:86::/64"));
    for (var network : List.of(one, two, six)) {
      bridges.prepare(network);
    }
  }

  @AfterEach
  void release() throws Exception {
    Traffic.awaitNoEndpoints();
    for (var network : List.of(one, two, six)) {
      assertThat(bridges.addresses(network).owners()).isEmpty();
      bridges.release(network);
    }
    bridges.close();
    assertThat(Command.run("ip", "-o", "link")).doesNotContain("jt");
    assertThat(Command.run("nft", "list", "ruleset")).isEmpty();
    assertThat(Command.run("find", state.toString(), "-type", "f", "-o", "-type", "l")).isEmpty();
  }

  @Test
  void an_endpoint_is_a_namespace_with_eth0_lo_and_a_default_route() throws Exception {
    try (var endpoint = bridges.open(EndpointRequest.of("c0ffee0123456789", one))) {
      assertThat(endpoint.address()).isEqualTo(ip("172.19.81.2"));
      assertThat(endpoint.gateway()).isEqualTo(ip("172.19.81.1"));
      assertThat(endpoint.mac()).hasToString("02:42:ac:13:51:02");
      assertThat(inside(endpoint, "ip", "-j", "address"))
          .contains("\"ifname\":\"eth0\"", "\"address\":\"02:42:ac:13:51:02\"", "\"mtu\":1500")
          .contains("\"local\":\"172.19.81.2\",\"prefixlen\":24,\"broadcast\":\"172.19.81.255\"")
          .contains("\"local\":\"127.0.0.1\"")
          .doesNotContain("fe80");
      assertThat(inside(endpoint, "ip", "-j", "route"))
          .contains("{\"dst\":\"default\",\"gateway\":\"172.19.81.1\",\"dev\":\"eth0\"");
      assertThat(endpoint.hostLink()).startsWith("jtc0ffee01").hasSizeLessThanOrEqualTo(15);
      assertThat(Command.run("ip", "-j", "link", "show", endpoint.hostLink()))
          .contains("\"master\":\"jt1\"", "\"UP\"", "\"LOWER_UP\"");
    }
  }

  @Test
  void mtu_address_and_mac_are_as_asked_for() throws Exception {
    var small =
        new BridgeNetwork("small", "jt9", Cidr.parse("172.19.89.0/24"), ip("172.19.89.254"), 1280);
    bridges.prepare(small);
    var request =
        EndpointRequest.of("web", small)
            .withAddress(ip("172.19.89.77"))
            .withMac(MacAddress.parse("02:00:00:00:00:77"));
    try (var endpoint = bridges.open(request)) {
      assertThat(inside(endpoint, "ip", "-j", "address", "show", "eth0"))
          .contains("\"mtu\":1280", "\"address\":\"02:00:00:00:00:77\"", "172.19.89.77");
      assertThat(inside(endpoint, "ip", "-j", "route")).contains("172.19.89.254");
      assertThat(Command.run("ip", "-j", "link", "show", "jt9")).contains("\"mtu\":1280");
    }
    bridges.release(small);
  }

  @Test
  void twenty_endpoints_at_once_reach_each_other_and_the_gateway() throws Exception {
    var endpoints = new ArrayList<Endpoint>();
    var servers = new ArrayList<Traffic>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        var _ = Traffic.onHost()) {
      var opening = new ArrayList<Future<Endpoint>>();
      for (int i = 0; i < 20; i++) {
        var request = EndpointRequest.of("container" + i, one);
        opening.add(threads.submit((Callable<Endpoint>) () -> bridges.open(request)));
      }
      for (var endpoint : opening) {
        endpoints.add(endpoint.get());
        servers.add(Traffic.in(endpoint.get().netns()));
      }
      assertThat(new HashSet<>(endpoints.stream().map(Endpoint::address).toList())).hasSize(20);
      for (int i = 0; i < 20; i++) {
        var from = endpoints.get(i);
        var own = IpText.of(from.address());
        assertThat(Traffic.call(from.netns(), endpoints.get((i + 7) % 20).address()))
            .isEqualTo(own);
        assertThat(Traffic.call(from.netns(), from.gateway())).isEqualTo(own);
      }
    } finally {
      for (var server : servers) {
        server.close();
      }
      for (var endpoint : endpoints) {
        endpoint.close();
      }
    }
  }

  @Test
  void traffic_to_the_outside_comes_from_the_hosts_address() throws Exception {
    try (var internet = internet();
        var server = Traffic.in(internet.fd());
        var endpoint = bridges.open(EndpointRequest.of("web", one));
        var endpoint6 = bridges.open(EndpointRequest.of("web6", six))) {
      assertThat(Traffic.call(endpoint.netns(), ip("198.51.100.2"))).isEqualTo("198.51.100.1");
      assertThat(Traffic.call(endpoint6.netns(), ip("2001:db8::2"))).isEqualTo("2001:db8::1");
      Command.run("nft", "flush", "chain", "inet", "jontainers", "postrouting");
      assertThat(Traffic.call(endpoint.netns(), ip("198.51.100.2")))
          .as("without masquerade the answer finds no way back")
          .isEqualTo("timeout");
      bridges.prepare(one);
      assertThat(Traffic.call(endpoint.netns(), ip("198.51.100.2"))).isEqualTo("198.51.100.1");
      Command.run("ip", "link", "delete", "up0");
      assertThat(server).isNotNull();
    }
  }

  @Test
  void networks_do_not_reach_each_other() throws Exception {
    try (var first = bridges.open(EndpointRequest.of("first", one));
        var second = bridges.open(EndpointRequest.of("second", two));
        var neighbour = bridges.open(EndpointRequest.of("neighbour", two));
        var _ = Traffic.in(second.netns())) {
      assertThat(Traffic.call(first.netns(), second.address())).isEqualTo("timeout");
      assertThat(Traffic.call(neighbour.netns(), second.address())).isEqualTo("172.19.82.3");
      Command.run("nft", "flush", "chain", "inet", "jontainers", "forward");
      assertThat(Traffic.call(first.netns(), second.address()))
          .as("without the rule they would")
          .isEqualTo("172.19.81.2");
    }
  }

  @Test
  void ipv6_endpoints_reach_each_other_at_once() throws Exception {
    try (var first = bridges.open(EndpointRequest.of("first", six));
        var second = bridges.open(EndpointRequest.of("second", six));
        var _ = Traffic.in(second.netns())) {
      assertThat(second.address()).isEqualTo(ip("fd00:86::3"));
      assertThat(Traffic.call(first.netns(), second.address())).isEqualTo("fd00:86::2");
      assertThat(inside(first, "ip", "-6", "-j", "route")).contains("\"gateway\":\"fd00:86::1\"");
    }
  }

  @Test
  void closing_takes_link_and_address_away_and_may_be_repeated() throws Exception {
    var endpoint = bridges.open(EndpointRequest.of("web", one));
    endpoint.close();
    assertThat(endpoint.netns().isOpen()).isFalse();
    endpoint.close();
    Traffic.awaitNoEndpoints();
  }

  @Test
  void a_closed_endpoint_is_off_the_network_even_while_somebody_holds_its_namespace()
      throws Exception {
    var endpoint = bridges.open(EndpointRequest.of("web", one));
    try (var other = bridges.open(EndpointRequest.of("other", one));
        var joined = Fd.duplicate(endpoint.netns().number(), 3);
        var _ = Traffic.in(joined)) {
      assertThat(Traffic.call(other.netns(), endpoint.address())).isEqualTo("172.19.81.3");
      endpoint.close();
      assertThat(Traffic.call(other.netns(), endpoint.address())).isEqualTo("timeout");
      // A container that starts again replaces what is left of its last life.
      var request = EndpointRequest.of("web", one).withAddress(endpoint.address());
      try (var again = bridges.open(request)) {
        assertThat(again.hostLink()).isEqualTo(endpoint.hostLink());
        assertThat(inside(again, "ping", "-c1", "-W2", "172.19.81.1")).contains(" 0% packet loss");
      }
    }
  }

  @Test
  void a_container_may_come_back_as_soon_as_it_is_gone() throws Exception {
    for (int i = 0; i < 30; i++) {
      bridges.open(EndpointRequest.of("web", one)).close();
    }
  }

  @Test
  void closing_an_endpoint_whose_link_is_gone_is_no_error() throws Exception {
    try (var endpoint = bridges.open(EndpointRequest.of("web", one))) {
      Command.run("ip", "link", "delete", endpoint.hostLink());
    }
  }

  @Test
  void a_container_is_in_a_network_once_and_a_second_try_leaves_nothing() throws Exception {
    try (var endpoint = bridges.open(EndpointRequest.of("web", one));
        var other = bridges.open(EndpointRequest.of("web", two))) {
      assertThat(endpoint.hostLink()).isNotEqualTo(other.hostLink());
      assertThatThrownBy(() -> bridges.open(EndpointRequest.of("web", one)))
          .hasMessage("container web is in network one already");
      assertThat(bridges.addresses(one).owners()).containsOnlyKeys("172.19.81.2");
      assertThat(Command.run("ip", "-o", "link")).contains(endpoint.hostLink());
    }
  }

  @Test
  void a_failure_inside_the_namespace_leaves_no_link_and_no_address() throws Exception {
    var unreachable = new BridgeNetwork("one", "jt1", one.subnet(), ip("172.19.99.1"), 1500);
    // The gateway is in no network of the namespace, so the last request of the last step fails.
    try (var host = RouteSocket.open();
        var nftables = jontainers.netlink.nftables.NftablesSocket.open()) {
      var request = EndpointRequest.of("web", unreachable);
      var setup =
          new EndpointSetup(
              request,
              bridges.addresses(one),
              host,
              new Firewall(nftables),
              NetworkNamespace::create);
      assertThatThrownBy(setup::run)
          .hasMessage(
              "RTM_NEWROUTE default via 172.19.99.1: ENETUNREACH (Network is unreachable): Nexthop"
                  + " has invalid gateway");
    }
    assertThat(bridges.addresses(one).owners()).isEmpty();
  }

  @Test
  void what_a_dead_owner_left_is_found_by_its_id() throws Exception {
    // As after kill -9: nobody closes the endpoint, and the container's process holds the
    // namespace.
    var lost = bridges.open(EndpointRequest.of("dead", one));
    try (var alive = bridges.open(EndpointRequest.of("alive", one));
        var restarted = Bridges.open(state)) {
      assertThat(restarted.release("dead"))
          .containsExactly("removed link " + lost.hostLink(), "freed 1 address of dead");
      assertThat(restarted.release("dead")).isEmpty();
      assertThat(restarted.addresses(one).owners())
          .containsExactly(Map.entry("172.19.81.3", "alive"));
      assertThat(Command.run("ip", "-o", "link")).contains(alive.hostLink());
    }
    lost.close();
  }

  @Test
  void a_network_that_is_not_prepared_is_not_found() throws Exception {
    var unknown = BridgeNetwork.of("unknown", "jtx", Cidr.parse("10.99.0.0/24"));
    assertThatThrownBy(() -> bridges.open(EndpointRequest.of("web", unknown)))
        .isInstanceOfSatisfying(
            NetworkException.class,
            e -> assertThat(e.reason()).isEqualTo(NetworkException.Reason.NOT_FOUND))
        .hasMessage("network unknown has no bridge jtx");
  }

  /// A namespace behind the link `up0` that knows the host but none of its networks.
  private static NetworkNamespace internet() throws Exception {
    var namespace = NetworkNamespace.create();
    try (var host = RouteSocket.open();
        var inside = RouteSocket.owning(namespace.route())) {
      host.execute(
          new VethPair(
                  "up0", 0, 1500, "inet0", MacAddress.parse("02:00:00:00:00:02"), namespace.fd())
              .add());
      int up = host.link("up0").orElseThrow().index();
      int inet = inside.link("inet0").orElseThrow().index();
      inside.execute(
          Link.up("inet0"),
          new LinkAddress(inet, ip("198.51.100.2"), 24).add(),
          new LinkAddress(inet, ip("2001:db8::2"), 64).add());
      host.execute(
          new LinkAddress(up, ip("198.51.100.1"), 24).add(),
          new LinkAddress(up, ip("2001:db8::1"), 64).add());
    }
    return namespace;
  }

  private static String inside(Endpoint endpoint, String... command) throws Exception {
    var whole = new ArrayList<String>();
    whole.add("nsenter");
    whole.add("--net=/proc/" + ProcessHandle.current().pid() + "/fd/" + endpoint.netns().number());
    whole.addAll(List.of(command));
    return Command.run(whole.toArray(String[]::new));
  }

  private static InetAddress ip(String text) {
    return CidrTest.ip(text);
  }
}
