package jontainers.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.Command;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
@SuppressWarnings("NullAway.Init")
class BridgesTest {
  @TempDir private Path state;
  private Bridges bridges;
  private BridgeNetwork network;

  @BeforeEach
  void open() throws Exception {
    Command.run("sysctl", "-qw", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0");
    bridges = Bridges.open(state);
    network = BridgeNetwork.of("bridge", "jontainers0", Cidr.parse("172.19.80.0/24"));
  }

  @AfterEach
  void nothing_is_left() throws Exception {
    bridges.close();
    Traffic.awaitNoEndpoints();
    assertThat(Command.run("nft", "list", "ruleset")).isEmpty();
    assertThat(Command.run("ip", "-o", "link")).doesNotContain("jt", "jontainers0");
    assertThat(Command.run("sysctl", "-n", "net.ipv4.ip_forward")).isEqualTo("0");
    assertThat(Command.run("find", state.toString(), "-type", "f", "-o", "-type", "l")).isEmpty();
  }

  @Test
  void preparing_says_what_it_did_and_releasing_takes_exactly_that_away() throws Exception {
    var linksBefore = Command.run("ip", "-o", "link");
    var routesBefore = Command.run("ip", "-o", "route", "show", "table", "all");
    assertThat(bridges.prepare(network))
        .containsExactly(
            "created bridge jontainers0 (172.19.80.1/24)",
            "added network bridge to nftables table inet jontainers",
            "enabled net.ipv4.ip_forward");
    assertThat(Command.run("ip", "-j", "address", "show", "jontainers0"))
        .contains("\"local\":\"172.19.80.1\",\"prefixlen\":24,\"broadcast\":\"172.19.80.255\"")
        .contains("\"address\":\"02:42:ac:13:50:01\"", "\"mtu\":1500", "\"UP\"")
        .doesNotContain("inet6");
    assertThat(Command.run("sysctl", "-n", "net.ipv4.ip_forward")).isEqualTo("1");
    assertThat(bridges.prepared()).containsExactly(network);
    assertThat(bridges.release(network))
        .containsExactly(
            "disabled net.ipv4.ip_forward again",
            "removed network bridge from nftables table inet jontainers",
            "removed bridge jontainers0");
    assertThat(Command.run("ip", "-o", "link")).isEqualTo(linksBefore);
    assertThat(Command.run("ip", "-o", "route", "show", "table", "all")).isEqualTo(routesBefore);
    assertThat(bridges.release(network)).containsExactly("network bridge was not there");
  }

  @Test
  void the_ruleset_is_what_the_class_comments_say() throws Exception {
    bridges.prepare(network);
    assertThat(Command.run("nft", "list", "ruleset").replaceAll("\\s+", " "))
        .isEqualTo(
            """
            table inet jontainers {
              set bridges { type ifname elements = { "jontainers0" } }
              set within { type ifname . ifname elements = { "jontainers0" . "jontainers0" } }
              set subnets { type ipv4_addr flags interval elements = { 172.19.80.0/24 } }
              set subnets6 { type ipv6_addr flags interval }
              set guarded { type nf_proto elements = { ipv4 } }
              chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                oifname != @bridges ip saddr @subnets masquerade
                oifname != @bridges ip6 saddr @subnets6 masquerade
              }
              chain forward {
                type filter hook forward priority filter; policy accept;
                iifname . oifname @within accept comment "within a network"
                iifname @bridges oifname @bridges drop comment "between networks"
                iifname @bridges accept comment "from a network"
                oifname @bridges ct state established,related accept comment "answers"
                oifname @bridges ct status dnat accept comment "published"
                oifname @bridges drop comment "not published"
                meta nfproto @guarded drop comment "forwarding is on for containers alone"
              }
            }
            table bridge jontainers {
              set own4 { type ifname . ether_addr . ipv4_addr }
              set own6 { type ifname . ether_addr . ipv6_addr }
              chain prerouting {
                type filter hook prerouting priority -250; policy accept;
                iifname "jt*" jump from_container
              }
              chain input {
                type filter hook input priority -250; policy accept;
                iifname "jt*" ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop
              }
              chain from_container {
                ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop
                ether type ip jump ip4
                ether type ip6 jump ip6
                ether type arp jump arp
                drop
              }
              chain ip4 {
                @nh,128,8 0x7f drop
                iifname . ether saddr . @nh,96,32 != @own4 drop
                udp sport 67 drop
                icmp type redirect drop
                accept
              }
              chain ip6 {
                icmpv6 type nd-router-advert drop
                icmpv6 type nd-redirect drop
                udp sport 547 drop
                icmpv6 type nd-neighbor-advert iifname . ether saddr . @th,64,128 != @own6 drop
                @nh,64,128 0x0 meta l4proto != ipv6-icmp drop
                iifname . ether saddr . @nh,64,128 @own6 accept
                drop
              }
              chain arp {
                @nh,0,48 != 0x108000604 drop
                iifname . ether saddr . @nh,112,32 != @own4 drop
                iifname . @nh,64,48 . @nh,112,32 != @own4 drop
                accept
              }
            }\
            """
                .replaceAll("\\s+", " "));
    assertThat(Command.run("nft", "-j", "list", "ruleset"))
        .contains("{\"masquerade\": null}", "\"policy\": \"accept\"");
    bridges.release(network);
  }

  @Test
  void preparing_twice_changes_nothing_even_by_another_process() throws Exception {
    bridges.prepare(network);
    var rules = Command.run("nft", "list", "ruleset");
    var link = Command.run("ip", "-o", "address", "show", "jontainers0");
    try (var other = Bridges.open(state)) {
      assertThat(other.prepare(network))
          .containsExactly(
              "bridge jontainers0 (172.19.80.1/24) was already there",
              "network bridge was already in nftables table inet jontainers",
              "net.ipv4.ip_forward was already enabled");
    }
    assertThat(Command.run("nft", "list", "ruleset")).isEqualTo(rules);
    assertThat(Command.run("ip", "-o", "address", "show", "jontainers0")).isEqualTo(link);
    assertThat(bridges.release(network)).contains("removed bridge jontainers0");
  }

  @Test
  void preparing_repairs_what_somebody_has_flushed() throws Exception {
    bridges.prepare(network);
    var rules = Command.run("nft", "list", "ruleset");
    Command.run("nft", "flush", "ruleset");
    Command.run("ip", "link", "delete", "jontainers0");
    assertThat(bridges.prepare(network))
        .containsExactly(
            "created bridge jontainers0 (172.19.80.1/24)",
            "added network bridge to nftables table inet jontainers",
            "net.ipv4.ip_forward was already enabled");
    assertThat(Command.run("nft", "list", "ruleset")).isEqualTo(rules);
    bridges.release(network);
  }

  @Test
  void the_last_network_takes_table_and_forwarding_with_it_and_no_other_does() throws Exception {
    var second = BridgeNetwork.of("second", "jt1", Cidr.parse("172.19.81.0/24"));
    var third = BridgeNetwork.of("third", "jt2", Cidr.parse("fd00:80::/64"));
    bridges.prepare(network);
    assertThat(bridges.prepare(second)).contains("net.ipv4.ip_forward was already enabled");
    assertThat(bridges.prepare(third)).contains("enabled net.ipv6.conf.all.forwarding");
    assertThat(bridges.release(network))
        .containsExactly(
            "removed network bridge from nftables table inet jontainers",
            "removed bridge jontainers0");
    assertThat(Command.run("nft", "list", "ruleset"))
        .contains("172.19.81.0/24", "fd00:80::/64", "\"jt1\" . \"jt1\"")
        .doesNotContain("172.19.80.0/24", "jontainers0");
    assertThat(bridges.release(second)).contains("disabled net.ipv4.ip_forward again");
    assertThat(Command.run("nft", "list", "tables"))
        .isEqualTo("table inet jontainers\ntable bridge jontainers");
    assertThat(bridges.release(third)).contains("disabled net.ipv6.conf.all.forwarding again");
    assertThat(Command.run("nft", "list", "tables")).isEmpty();
  }

  @Test
  void forwarding_that_was_on_before_stays_on() throws Exception {
    Command.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
    assertThat(bridges.prepare(network)).contains("net.ipv4.ip_forward was already enabled");
    assertThat(bridges.release(network)).noneMatch(s -> s.contains("ip_forward"));
    assertThat(Command.run("sysctl", "-n", "net.ipv4.ip_forward")).isEqualTo("1");
    Command.run("sysctl", "-qw", "net.ipv4.ip_forward=0");
  }

  @Test
  void a_bridge_of_somebody_else_is_used_and_left() throws Exception {
    Command.run("ip", "link", "add", "jontainers0", "type", "bridge");
    assertThat(bridges.prepare(network)).contains("added 172.19.80.1/24 to bridge jontainers0");
    assertThat(bridges.prepare(network))
        .contains("bridge jontainers0 (172.19.80.1/24) was already there");
    assertThat(bridges.release(network)).contains("removed 172.19.80.1/24 from bridge jontainers0");
    assertThat(Command.run("ip", "-o", "address", "show", "jontainers0"))
        .doesNotContain("172.19.80.1");
    Command.run("ip", "link", "delete", "jontainers0");
  }

  @Test
  void an_overlapping_route_is_refused_before_anything_is_touched() throws Exception {
    Command.run("ip", "link", "add", "up0", "type", "bridge");
    Command.run("ip", "address", "add", "172.19.0.1/16", "dev", "up0");
    Command.run("ip", "link", "set", "up0", "up");
    assertThatThrownBy(() -> bridges.prepare(network))
        .hasMessage("subnet 172.19.80.0/24 overlaps the route 172.19.0.0/16 of link up0");
    Command.run("ip", "link", "delete", "up0");
    assertThat(Command.run("nft", "list", "ruleset")).isEmpty();
  }

  @Test
  void a_link_that_is_no_bridge_and_a_taken_address_are_told_together() throws Exception {
    Command.run("ip", "link", "add", "jontainers0", "type", "veth", "peer", "name", "v0");
    Command.run("ip", "address", "add", "172.19.80.1/32", "dev", "v0");
    assertThatThrownBy(() -> bridges.prepare(network))
        .hasMessageContaining("link jontainers0 is no bridge: it is of type veth")
        .hasMessageContaining("address 172.19.80.1 is in use by link v0");
    Command.run("ip", "link", "delete", "v0");
  }

  @Test
  void a_network_that_changed_is_refused() throws Exception {
    bridges.prepare(network);
    var changed = BridgeNetwork.of("bridge", "jontainers0", Cidr.parse("172.19.90.0/24"));
    assertThatThrownBy(() -> bridges.prepare(changed))
        .hasMessage(
            "network bridge is there already, as bridge jontainers0 with subnet 172.19.80.0/24");
    bridges.release(network);
  }

  @Test
  void a_failure_half_way_leaves_nothing() throws Exception {
    // A table of that name with a set of another type: the packet filter is the last step.
    Command.run("nft", "add", "table", "inet", "jontainers");
    Command.run("nft", "add", "set", "inet", "jontainers", "bridges", "{ type mark; }");
    var before = Command.run("ip", "-o", "link");
    assertThatThrownBy(() -> bridges.prepare(network))
        .hasMessageStartingWith("cannot prepare network bridge: NFT_MSG_NEWSET");
    assertThat(Command.run("ip", "-o", "link")).isEqualTo(before);
    assertThat(Command.run("sysctl", "-n", "net.ipv4.ip_forward")).isEqualTo("0");
    assertThat(bridges.prepared()).isEmpty();
    Command.run("nft", "delete", "table", "inet", "jontainers");
  }

  @Test
  void a_crash_after_the_ledger_is_healed_by_the_next_start() throws Exception {
    // What a killed engine leaves: the file, and nothing of what it announces.
    new Prepared(network, Prepared.Origin.CREATED, Prepared.Origin.CREATED)
        .write(state.resolve("network/bridge"));
    assertThat(bridges.prepare(network)).contains("created bridge jontainers0 (172.19.80.1/24)");
    assertThat(bridges.release(network)).contains("removed bridge jontainers0");
  }

  @Test
  void a_firewall_that_drops_forwarded_packets_is_named() throws Exception {
    Command.run("nft", "add", "table", "ip", "filter");
    Command.run(
        "nft",
        "add",
        "chain",
        "ip",
        "filter",
        "FORWARD",
        "{ type filter hook forward priority 0; policy drop; }");
    assertThat(bridges.prepare(network))
        .contains(
            "nftables chain FORWARD of table ip filter drops forwarded packets by its policy;"
                + " containers reach the outside only where it has a rule for jontainers0");
    bridges.release(network);
    Command.run("nft", "delete", "table", "ip", "filter");
  }

  @Test
  void a_network_with_containers_is_not_released() throws Exception {
    bridges.prepare(network);
    try (var endpoint = bridges.open(EndpointRequest.of("web", network))) {
      assertThat(endpoint.address()).isEqualTo(CidrTest.ip("172.19.80.2"));
      assertThatThrownBy(() -> bridges.release(network))
          .hasMessage("network bridge is in use by containers web");
    }
    bridges.release(network);
  }

  @Test
  void the_state_is_readable_by_people() throws Exception {
    bridges.prepare(network);
    assertThat(Files.readAllLines(state.resolve("network/bridge/prepared")))
        .isEqualTo(
            List.of(
                "name bridge",
                "link jontainers0",
                "subnet 172.19.80.0/24",
                "gateway 172.19.80.1",
                "mtu 1500",
                "bridge CREATED",
                "address CREATED"));
    bridges.release(network);
  }
}
