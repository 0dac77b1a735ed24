package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import jontainers.testkit.Links;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Containers on the bridge reach each other, the gateway and, behind NAT, the outside.
@KernelTest
class NetworkTest {
  private static final int MANY = 20;

  @RegisterExtension final Machine machine = new Machine();

  @Test
  void a_container_reaches_the_internet_without_any_preparation() throws IOException {
    try (var _ = Internet.open(machine, machine.directory())) {
      var pinged = onBridge("ping", "-c", "1", "-W", "10", "8.8.8.8");

      assertThat(pinged.out()).contains("1 packets received");
      assertThat(pinged.errors()).isEmpty();
    }
  }

  @Test
  void a_container_knows_its_own_address_and_name() throws IOException {
    var known = onBridge("sh", "-c", "hostname -i; ip -o -4 addr show eth0; ip route");

    assertThat(known.lines().get(0)).isEqualTo("172.19.80.2");
    assertThat(known.lines().get(1)).contains("inet 172.19.80.2/24");
    assertThat(known.lines())
        .contains("default via 172.19.80.1 dev eth0 ")
        .anyMatch(line -> line.startsWith("172.19.80.0/24 dev eth0 "));
  }

  /// No container reaches 127.0.0.53 of its host: it is told the servers that resolved asks.
  @Test
  void on_a_host_with_systemd_resolved_its_servers_are_asked() throws IOException {
    Files.writeString(
        machine.directory().resolve("stub"), "nameserver 127.0.0.53\noptions edns0\n");
    Files.createDirectories(Path.of("/run/systemd/resolve"));
    Files.writeString(
        Path.of("/run/systemd/resolve/resolv.conf"), "nameserver 192.0.2.53\nsearch lan\n");
    machine.text("mount", "--bind", "stub", "/etc/resolv.conf");
    try {
      assertThat(machine.run("cat", "/etc/resolv.conf").lines())
          .containsExactly("nameserver 192.0.2.53", "search lan");
      assertThat(machine.run("--dns", "192.0.2.1", "cat", "/etc/resolv.conf").lines())
          .containsExactly("search lan", "nameserver 192.0.2.1");
      assertThat(
              machine
                  .jontainers(
                      "run",
                      "--rm",
                      "--network",
                      "host",
                      "--rootfs",
                      "fs/orig",
                      "cat",
                      "/etc/resolv.conf")
                  .lines())
          .containsExactly("nameserver 127.0.0.53", "options edns0");
      Files.writeString(
          machine.directory().resolve("stub"), "nameserver 127.0.0.53\nnameserver 192.0.2.7\n");
      assertThat(machine.run("cat", "/etc/resolv.conf").lines())
          .containsExactly("nameserver 192.0.2.7");
      Files.writeString(machine.directory().resolve("stub"), "nameserver 127.0.0.53\n");
      Files.delete(Path.of("/run/systemd/resolve/resolv.conf"));
      assertThat(machine.run("cat", "/etc/resolv.conf").lines())
          .containsExactly("nameserver 8.8.8.8", "nameserver 8.8.4.4");
    } finally {
      machine.text("umount", "/etc/resolv.conf");
      machine.text("rm", "-rf", "/run/systemd");
    }
  }

  /// Longer packets than the uplink's would be lost, where ICMP does not come through.
  @Test
  void the_bridge_takes_no_longer_packets_than_the_uplink() throws IOException {
    machine.text("ip", "link", "add", "up0", "mtu", "1400", "type", "veth", "peer", "name", "up1");
    try {
      machine.text("ip", "address", "add", "192.0.2.2/24", "dev", "up0");
      machine.text("ip", "link", "set", "up0", "up");
      machine.text("ip", "route", "add", "default", "via", "192.0.2.1");

      assertThat(onBridge("cat", "/sys/class/net/eth0/mtu").out()).isEqualTo("1400\n");
      assertThat(machine.text("ip", "-o", "link", "show", "jontainers0")).contains("mtu 1400 ");
      assertThat(machine.jontainers("start", "--mtu", "1300").errors())
          .contains("has the MTU 1400 already");
      assertThat(machine.jontainers("stop").code()).isZero();
      assertThat(machine.jontainers("start", "--mtu", "1300").code()).isZero();
      assertThat(onBridge("cat", "/sys/class/net/eth0/mtu").out()).isEqualTo("1300\n");
      assertThat(machine.jontainers("stop").code()).isZero();
      assertThat(machine.jontainers("start", "--mtu", "20").errors()).contains("mtu 20 is not");
      assertThat(machine.jontainers("start", "--mtu", "x").errors()).contains("invalid number");
    } finally {
      machine.text("ip", "link", "delete", "up0");
    }
  }

  @Test
  void stop_leaves_no_cgroup_behind() throws IOException {
    var _ = machine.jontainers("start");
    assertThat(onBridge("true").code()).isZero();
    assertThat(machine.text("sh", "-c", "ls -d /sys/fs/cgroup/*/jontainers | wc -l"))
        .isNotEqualTo("0");

    assertThat(machine.jontainers("stop").code()).isZero();

    assertThat(machine.text("sh", "-c", "ls -d /sys/fs/cgroup/*/jontainers | wc -l"))
        .isEqualTo("0");
  }

  @Test
  void twenty_containers_at_once_have_distinct_addresses_and_reach_each_other() throws IOException {
    machine.jontainers("start");
    var containers = new ArrayList<Running>();
    try {
      for (int i = 0; i < MANY; i++) {
        containers.add(
            new Running(
                machine.startJontainers(
                    "run",
                    "--rm",
                    "-i",
                    "--rootfs",
                    "fs/orig",
                    "sh",
                    "-c",
                    "hostname -i; while read a; do ping -c 1 -W 20 $a | grep -c ' 0% '; done")));
      }
      var addresses = new ArrayList<String>();
      for (var container : containers) {
        addresses.add(container.line());
      }
      assertThat(addresses).doesNotHaveDuplicates().allMatch(a -> a.startsWith("172.19.80."));
      assertThat(machine.jontainers("ps", "-q").lines()).hasSize(MANY).doesNotHaveDuplicates();
      for (int i = 0; i < MANY; i++) {
        containers.get(i).type("172.19.80.1\n" + addresses.get((i + 1) % MANY));
      }
      for (var container : containers) {
        assertThat(container.line()).as("the gateway answers").isEqualTo("1");
        assertThat(container.line()).as("the neighbour answers").isEqualTo("1");
      }
      for (var container : containers) {
        assertThat(container.end()).isZero();
      }
    } finally {
      for (var container : containers) {
        container.close();
      }
    }
    assertThat(machine.leftovers()).isEmpty();
  }

  @Test
  void an_address_is_free_again_when_its_container_has_ended() throws IOException {
    for (int i = 0; i < 3; i++) {
      assertThat(onBridge("hostname", "-i").out()).isEqualTo("172.19.80.2\n");
    }
  }

  @Test
  @InVm
  void start_says_what_it_did_and_may_be_repeated() throws IOException {
    var first = machine.jontainers("start");
    var second = machine.jontainers("start");

    assertThat(first.lines())
        .containsExactly(
            "created bridge jontainers0 (172.19.80.1/24)",
            "added network bridge to nftables table inet jontainers",
            "enabled net.ipv4.ip_forward");
    assertThat(second.lines())
        .containsExactly(
            "bridge jontainers0 (172.19.80.1/24) was already there",
            "network bridge was already in nftables table inet jontainers",
            "net.ipv4.ip_forward was already enabled");
    assertThat(second.code()).isZero();
  }

  @Test
  void the_subnet_can_be_chosen() throws IOException {
    assertThat(machine.jontainers("start", "--subnet", "10.99.0.0/16").lines())
        .contains("created bridge jontainers0 (10.99.0.1/16)");

    assertThat(onBridge("hostname", "-i").out()).isEqualTo("10.99.0.2\n");
    var other = machine.jontainers("start", "--subnet", "10.98.0.0/16");
    assertThat(other.errors())
        .isEqualTo(
            """
            jontainers: the network has the subnet 10.99.0.0/16 already
            hint: jontainers stop takes it away first
            """);
    assertThat(other.code()).isEqualTo(125);
    assertThat(machine.jontainers("start").lines())
        .contains("bridge jontainers0 (10.99.0.1/16) was already there");
  }

  @Test
  void a_full_subnet_is_told() throws IOException {
    machine.jontainers("start", "--subnet", "10.99.0.0/30");
    try (var first = new Running(machine.startJontainers(waiting()))) {
      first.await("up");

      var second = onBridge("true");

      assertThat(second.errors()).startsWith("jontainers: ").contains("10.99.0.0/30");
      assertThat(second.code()).isEqualTo(125);
      first.end();
    }
    assertThat(onBridge("true").code()).isZero();
  }

  @Test
  void stop_takes_exactly_that_away() throws IOException {
    var before = network();
    machine.jontainers("start");
    assertThat(network()).isNotEqualTo(before);
    onBridge("true");

    var stopped = machine.jontainers("stop");

    assertThat(stopped.lines())
        .containsExactly(
            "disabled net.ipv4.ip_forward again",
            "removed network bridge from nftables table inet jontainers",
            "removed bridge jontainers0");
    assertThat(network()).isEqualTo(before);
    assertThat(machine.jontainers("stop").out()).isEqualTo("nothing to take away\n");
  }

  @Test
  void forwarding_that_was_on_before_stays_on() throws IOException {
    var forwarding = Path.of("/proc/sys/net/ipv4/ip_forward");
    Files.writeString(forwarding, "1");
    try {
      assertThat(machine.jontainers("start").lines())
          .contains("net.ipv4.ip_forward was already enabled");

      machine.jontainers("stop");

      assertThat(Files.readAllLines(forwarding)).containsExactly("1");
    } finally {
      Files.writeString(forwarding, "0");
    }
  }

  @Test
  void stop_refuses_while_containers_run_and_ends_them_by_force() throws IOException {
    var before = network();
    try (var running = new Running(machine.startJontainers(waiting()))) {
      running.await("up");

      var refused = machine.jontainers("stop");
      assertThat(refused.errors())
          .matches("jontainers: container [0-9a-f]{12} is running\nhint: stop --force ends them\n");
      assertThat(refused.code()).isEqualTo(125);

      var forced = machine.jontainers("stop", "--force");
      assertThat(forced.errors()).isEmpty();
      assertThat(forced.lines().getFirst()).matches("ended container [0-9a-f]{12}");
      assertThat(running.end()).isEqualTo(137);
    }
    assertThat(network()).isEqualTo(before);
  }

  private Machine.Outcome onBridge(String... words) throws IOException {
    var all = new ArrayList<>(List.of("run", "--rm", "--rootfs", "fs/orig"));
    all.addAll(List.of(words));
    return machine.jontainers(all.toArray(String[]::new));
  }

  private static String[] waiting() {
    return new String[] {
      "run", "--rm", "-i", "--rootfs", "fs/orig", "sh", "-c", "echo up; exec cat"
    };
  }

  /// Return all of the host's network that `start` changes.
  private List<String> network() throws IOException {
    var seen = new ArrayList<>(Links.names());
    seen.add(machine.text("nft", "list", "ruleset"));
    seen.add(machine.text("ip", "-4", "route"));
    seen.addAll(Files.readAllLines(Path.of("/proc/sys/net/ipv4/ip_forward")));
    return seen;
  }
}
