package jontainers.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jontainers.netlink.route.MacAddress;
import jontainers.testkit.Command;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A container with CAP_NET_RAW sends what it wants, to the host and to its neighbours
/// (CVE-2020-13401).
@KernelTest
@SuppressWarnings("NullAway.Init")
class HostileContainerTest {
  private static final InetAddress PREFIX = ip("2001:db8:bad::");

  @TempDir private Path state;
  private Bridges bridges;
  private BridgeNetwork four;
  private BridgeNetwork six;
  private Endpoint attacker;
  private Endpoint victim;
  private Endpoint attacker6;
  private Endpoint victim6;

  @BeforeAll
  static void close_a_socket_under_a_blocked_thread() throws Exception {
    Traffic.closeOneUnderABlockedThread();
  }

  @BeforeEach
  void open() throws Exception {
    bridges = Bridges.open(state);
    four = BridgeNetwork.of("four", "jt4", Cidr.parse("172.19.84.0/24"));
    six = BridgeNetwork.of("six", "jt6", Cidr.parse("fd00:86::/64"));
    // IPv6 is prepared by the test that needs it: a host that forwards hears no advertisement.
    bridges.prepare(four);
    attacker = bridges.open(EndpointRequest.of("attacker", four));
    victim = bridges.open(EndpointRequest.of("victim", four));
  }

  @AfterEach
  void close() throws Exception {
    attacker.close();
    victim.close();
    Traffic.awaitNoEndpoints();
    bridges.release(four);
    bridges.close();
  }

  @Test
  void a_router_advertisement_reaches_neither_the_host_nor_a_neighbour() throws Exception {
    var before = Command.run("ip", "-6", "route");
    var frame = Frames.routerAdvertisement(Frames.ALL_NODES, attacker.mac(), PREFIX);
    var attacks = new LinkedHashMap<String, byte[]>();
    attacks.put("router advertisement", frame);
    attacks.put("behind options", Frames.behindOptions(frame));
    assertThat(arriving(attacker, victim, attacks)).isEmpty();
    assertThat(arriving(attacker, attacks)).isEmpty();
    try (var link = PacketLink.in(attacker.netns(), "eth0");
        var neighbour = PacketLink.in(victim.netns(), "eth0")) {
      link.send(Frames.tagged(frame));
      link.send(fence(attacker));
      assertThat(neighbour.receives(frame, fence(attacker))).as("in VLAN 0").isFalse();
    }
    assertThat(Command.run("ip", "-6", "route")).isEqualTo(before);
    assertThat(inside(victim, "ip", "-6", "route")).doesNotContain("ra", "2001:db8");
  }

  @Test
  void a_router_advertisement_is_not_believed_even_where_somebody_has_flushed_the_ruleset()
      throws Exception {
    var before = Command.run("ip", "-6", "route");
    Command.run("nft", "flush", "ruleset");
    var frame = Frames.routerAdvertisement(Frames.ALL_NODES, attacker.mac(), PREFIX);
    try (var link = PacketLink.in(attacker.netns(), "eth0");
        var neighbour = PacketLink.in(victim.netns(), "eth0")) {
      link.send(frame);
      link.send(fence(attacker));
      assertThat(neighbour.receives(frame, fence(attacker))).as("nothing filters").isTrue();
    }
    assertThat(Command.run("ip", "-6", "route")).isEqualTo(before);
    assertThat(Command.run("ip", "-6", "address")).doesNotContain("2001:db8");
    assertThat(inside(victim, "ip", "-6", "route")).doesNotContain("default", "2001:db8");
  }

  /// A bridge leaves frames of the groups 01-80-c2-00-00-0x to the port they came in by, and passes
  /// those of LLDP by all its hooks (`br_handle_frame`, net/bridge/br_input.c).
  @Test
  void a_frame_for_the_port_itself_makes_no_router_either() throws Exception {
    var before = Command.run("ip", "-6", "route");
    try (var link = PacketLink.in(attacker.netns(), "eth0");
        var port = PacketLink.of(attacker.hostLink())) {
      for (int group = 0; group < 16; group++) {
        var to = new MacAddress(Frames.LLDP.bits() - 14 + group);
        var frame = Frames.routerAdvertisement(to, attacker.mac(), PREFIX);
        link.send(frame);
        link.send(fence(attacker));
        assertThat(port.receives(frame, fence(attacker))).isTrue();
      }
    }
    assertThat(Command.run("ip", "-6", "route")).isEqualTo(before);
    assertThat(Command.run("ip", "-6", "address")).doesNotContain("2001:db8");
  }

  @Test
  void an_ipv4_network_has_no_ipv6_on_bridge_port_and_inside() throws Exception {
    for (var link : List.of("jt4", attacker.hostLink())) {
      assertThat(Command.run("ip", "-6", "address", "show", "dev", link)).isEmpty();
    }
    assertThat(setting("ipv6", "jt4", "disable_ipv6")).isEqualTo("1");
    for (var name : List.of("accept_ra", "autoconf", "accept_redirects")) {
      assertThat(setting("ipv6", "jt4", name)).as(name).isEqualTo("0");
      assertThat(setting("ipv6", attacker.hostLink(), name)).as(name).isEqualTo("0");
      assertThat(inside(victim, "cat", "/proc/sys/net/ipv6/conf/eth0/" + name)).isEqualTo("0");
    }
    assertThat(inside(victim, "cat", "/proc/sys/net/ipv6/conf/eth0/disable_ipv6")).isEqualTo("1");
    assertThat(inside(victim, "ping", "-c1", "::1")).contains(" 0% packet loss");
  }

  @Test
  void nobody_on_an_ipv4_network_believes_a_redirect() throws Exception {
    for (var name : List.of("accept_redirects", "send_redirects", "accept_source_route")) {
      assertThat(setting("ipv4", "jt4", name)).as(name).isEqualTo("0");
    }
    for (var link : List.of("all", "eth0")) {
      assertThat(inside(victim, "cat", "/proc/sys/net/ipv4/conf/" + link + "/accept_redirects"))
          .isEqualTo("0");
    }
    assertThat(setting("ipv4", "jt4", "route_localnet")).isEqualTo("0");
  }

  @Test
  void a_container_sends_with_its_own_addresses_only() throws Exception {
    var own = attacker.address();
    var gateway = four.gateway();
    var bridge = MacAddress.derivedFrom(gateway);
    var attacks = new LinkedHashMap<String, byte[]>();
    attacks.put("ARP for the gateway", Frames.arpReply(attacker.mac(), attacker.mac(), gateway));
    attacks.put(
        "ARP for a neighbour", Frames.arpReply(attacker.mac(), attacker.mac(), victim.address()));
    attacks.put("ARP with the bridge's MAC", Frames.arpReply(bridge, bridge, own));
    attacks.put("ARP that names another MAC", Frames.arpReply(attacker.mac(), bridge, own));
    attacks.put("ARP request as the gateway", Frames.arpRequest(attacker.mac(), gateway, own));
    attacks.put("IPv4 as the gateway", udp(attacker.mac(), gateway, 1));
    attacks.put("IPv4 as a neighbour", udp(attacker.mac(), victim.address(), 1));
    attacks.put("IPv4 as somebody outside", udp(attacker.mac(), ip("198.51.100.7"), 1));
    attacks.put("IPv4 from the bridge's MAC", udp(bridge, own, 1));
    attacks.put("IPv4 from a neighbour's MAC", udp(victim.mac(), own, 1));
    attacks.put("a DHCP server's answer", udp(attacker.mac(), own, 67));
    attacks.put(
        "a redirect", Frames.redirect(victim.mac(), attacker.mac(), own, victim.address(), own));
    attacks.put("a spanning tree's frame", bpdu());
    attacks.put(
        "IPv6 in an IPv4 network",
        Frames.neighbourAdvertisement(
            attacker.mac(), Frames.linkLocal(attacker.mac()), Frames.linkLocal(attacker.mac())));
    assertThat(arriving(attacker, victim, attacks)).isEmpty();
    assertThat(arriving(attacker, victim, Map.of("its own", udp(attacker.mac(), own, 1))))
        .containsExactly("its own");
  }

  @Test
  void the_gateway_answers_as_before_after_an_attack_on_the_bridge() throws Exception {
    try (var link = PacketLink.in(attacker.netns(), "eth0")) {
      link.send(Frames.arpReply(attacker.mac(), attacker.mac(), four.gateway()));
      link.send(udp(MacAddress.derivedFrom(four.gateway()), attacker.address(), 1));
      link.send(udp(victim.mac(), attacker.address(), 1));
      link.send(fence(attacker));
    }
    assertThat(inside(victim, "ping", "-c1", "-W2", "172.19.84.1")).contains(" 0% packet loss");
    assertThat(inside(victim, "ip", "neigh", "show", "172.19.84.1"))
        .contains("lladdr 02:42:ac:13:54:01");
    assertThat(Command.run("ping", "-c1", "-W2", "172.19.84.3")).contains(" 0% packet loss");
  }

  /// Others switch route_localnet on for all links (kube-proxy did): CVE-2020-8558.
  @Test
  void the_hosts_localhost_is_out_of_reach_even_with_route_localnet() throws Exception {
    var localnet = "/proc/sys/net/ipv4/conf/all/route_localnet";
    Command.run("sh", "-c", "echo 1 >" + localnet);
    try (var link = PacketLink.in(attacker.netns(), "eth0");
        var server = Traffic.onHost()) {
      var bridge = MacAddress.derivedFrom(four.gateway());
      link.send(
          Frames.syn(bridge, attacker.mac(), attacker.address(), ip("127.0.0.1"), Traffic.PORT));
      link.send(fence(attacker));
      assertThat(server).isNotNull();
      // The answer to a SYN would come to the same link before that to a ping.
      assertThat(inside(attacker, "ping", "-c1", "-W2", "172.19.84.1")).contains(" 0% packet loss");
      assertThat(Command.run("ss", "-tan", "sport", "=", ":" + Traffic.PORT))
          .doesNotContain("SYN-RECV");
    } finally {
      Command.run("sh", "-c", "echo 0 >" + localnet);
    }
  }

  @Test
  void a_container_of_an_ipv6_network_sends_with_its_own_addresses_only() throws Exception {
    inSix(() -> {
      var mac = attacker6.mac();
      var own = attacker6.address();
      var local = Frames.linkLocal(mac);
      var attacks = new LinkedHashMap<String, byte[]>();
      attacks.put(
          "router advertisement", Frames.routerAdvertisement(Frames.ALL_NODES, mac, PREFIX));
      attacks.put(
          "hidden router advertisement",
          Frames.behindOptions(Frames.routerAdvertisement(Frames.ALL_NODES, mac, PREFIX)));
      attacks.put("redirect", Frames.redirect6(mac, local, ip("2001:db8::1")));
      attacks.put("the gateway's address", Frames.neighbourAdvertisement(mac, own, six.gateway()));
      attacks.put(
          "a neighbour's address", Frames.neighbourAdvertisement(mac, local, victim6.address()));
      attacks.put("sent as the gateway", Frames.neighbourAdvertisement(mac, six.gateway(), own));
      attacks.put(
          "sent as a neighbour",
          Frames.udp(Frames.ALL_NODES, mac, victim6.address(), ip("ff02::1"), 1));
      attacks.put("sent as nobody", Frames.udp(Frames.ALL_NODES, mac, ip("::"), ip("ff02::1"), 1));
      attacks.put(
          "sent with a neighbour's MAC",
          Frames.udp(Frames.ALL_NODES, victim6.mac(), own, ip("ff02::1"), 1));
      attacks.put(
          "a DHCPv6 server's answer", Frames.udp(Frames.ALL_NODES, mac, local, ip("ff02::1"), 547));
      var good = new LinkedHashMap<String, byte[]>();
      good.put("own", Frames.neighbourAdvertisement(mac, own, own));
      good.put("own link-local", Frames.neighbourAdvertisement(mac, local, local));
      assertThat(arriving6(attacks)).isEmpty();
      assertThat(arriving6(good)).containsExactly("own", "own link-local");
      for (var name : List.of("accept_ra", "autoconf", "accept_redirects")) {
        assertThat(setting("ipv6", "jt6", name)).as(name).isEqualTo("0");
        assertThat(inside(victim6, "cat", "/proc/sys/net/ipv6/conf/eth0/" + name)).isEqualTo("0");
      }
      assertThat(setting("ipv6", attacker6.hostLink(), "accept_ra")).isEqualTo("0");
      assertThat(Command.run("ip", "-6", "address", "show", "dev", attacker6.hostLink())).isEmpty();
    });
  }

  @Test
  void what_a_container_may_send_goes_with_it() throws Exception {
    assertThat(Command.run("nft", "list", "table", "bridge", "jontainers"))
        .contains(attacker.hostLink(), victim.hostLink());
    attacker.close();
    assertThat(Command.run("nft", "list", "table", "bridge", "jontainers"))
        .doesNotContain(attacker.hostLink())
        .contains(victim.hostLink());
    // As after kill -9: nobody closes it.
    bridges.release("victim");
    assertThat(Command.run("nft", "list", "table", "bridge", "jontainers"))
        .doesNotContain(victim.hostLink());
  }

  @Test
  void the_next_container_brings_back_what_somebody_has_flushed() throws Exception {
    var rules = Command.run("nft", "list", "ruleset");
    Command.run("nft", "flush", "ruleset");
    // The engine prepares a network that is not found, and tries again.
    assertThatThrownBy(() -> bridges.open(EndpointRequest.of("web", four)))
        .isInstanceOfSatisfying(
            NetworkException.class,
            e -> assertThat(e.reason()).isEqualTo(NetworkException.Reason.NOT_FOUND))
        .hasMessage("network four has no packet filter");
    bridges.prepare(four);
    assertThat(Command.run("nft", "list", "ruleset").lines().sorted())
        .containsExactlyElementsOf(rules.lines().sorted().toList());
    var given = EndpointRequest.of("web", four).withMac(MacAddress.parse("02:00:00:00:00:77"));
    try (var web = bridges.open(given)) {
      Command.run("nft", "flush", "ruleset");
      bridges.prepare(four);
      assertThat(inside(web, "ping", "-c1", "-W2", "172.19.84.1")).contains(" 0% packet loss");
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  private void inSix(Work work) throws Exception {
    bridges.prepare(six);
    try (var first = bridges.open(EndpointRequest.of("attacker", six));
        var second = bridges.open(EndpointRequest.of("victim", six))) {
      attacker6 = first;
      victim6 = second;
      work.run();
    } finally {
      bridges.release(six);
    }
  }

  /// Return the names of what reaches a neighbour.
  private static List<String> arriving(Endpoint from, Endpoint to, Map<String, byte[]> attacks)
      throws Exception {
    try (var link = PacketLink.in(from.netns(), "eth0");
        var neighbour = PacketLink.in(to.netns(), "eth0")) {
      return arriving(link, neighbour, attacks, fence(from));
    }
  }

  /// Return the names of what reaches the host.
  private List<String> arriving(Endpoint from, Map<String, byte[]> attacks) throws Exception {
    try (var link = PacketLink.in(from.netns(), "eth0");
        var bridge = PacketLink.of(from.network().link())) {
      return arriving(link, bridge, attacks, fence(from));
    }
  }

  private List<String> arriving6(Map<String, byte[]> attacks) throws Exception {
    var fence =
        Frames.udp(Frames.ALL_NODES, attacker6.mac(), attacker6.address(), ip("ff02::1"), 4242);
    try (var link = PacketLink.in(attacker6.netns(), "eth0");
        var neighbour = PacketLink.in(victim6.netns(), "eth0")) {
      return arriving(link, neighbour, attacks, fence);
    }
  }

  private static List<String> arriving(
      PacketLink link, PacketLink other, Map<String, byte[]> attacks, byte[] fence)
      throws Exception {
    var through = new ArrayList<String>();
    for (var attack : attacks.entrySet()) {
      link.send(attack.getValue());
      link.send(fence);
      if (other.receives(attack.getValue(), fence)) {
        through.add(attack.getKey());
      }
    }
    return through;
  }

  /// What everybody may send.
  private static byte[] fence(Endpoint from) {
    return Frames.udp(Frames.BROADCAST, from.mac(), from.address(), ip("172.19.84.255"), 4242);
  }

  private byte[] udp(MacAddress from, InetAddress source, int port) {
    return Frames.udp(Frames.BROADCAST, from, source, ip("172.19.84.255"), port);
  }

  private byte[] bpdu() {
    var frame = new byte[60];
    System.arraycopy(MacAddress.parse("01:80:c2:00:00:00").toBytes(), 0, frame, 0, 6);
    System.arraycopy(attacker.mac().toBytes(), 0, frame, 6, 6);
    System.arraycopy(new byte[] {0, 38, 0x42, 0x42, 3}, 0, frame, 12, 5);
    return frame;
  }

  private static String setting(String family, String link, String name) throws Exception {
    return Command.run("cat", "/proc/sys/net/" + family + "/conf/" + link + "/" + name);
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
