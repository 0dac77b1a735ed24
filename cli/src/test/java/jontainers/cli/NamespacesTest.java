package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A container is in namespaces of its own and sees nothing of the host's.
@KernelTest
class NamespacesTest {
  private static final List<String> KINDS =
      List.of("mnt", "pid", "net", "ipc", "uts", "cgroup", "time");
  private static final String LINKS =
      "cd /proc/self/ns; for n in " + String.join(" ", KINDS) + "; do readlink $n; done";

  @RegisterExtension final Machine machine = new Machine();

  @Test
  @InVm
  void no_namespace_is_the_hosts_or_another_containers() throws IOException {
    var seen = new ArrayList<String>();
    for (String kind : KINDS) {
      seen.add(Files.readSymbolicLink(Path.of("/proc/self/ns", kind)).toString());
    }
    try (var first = machine.begin("-i", "sh", "-c", LINKS + "; read line")) {
      for (String kind : KINDS) {
        String link = first.line();
        assertThat(link).startsWith(kind + ":[");
        seen.add(link);
      }

      seen.addAll(machine.shell(LINKS).lines());

      assertThat(seen).hasSize(3 * KINDS.size()).doesNotHaveDuplicates();
      assertThat(first.end()).isOne(); // read's answer to the end of its input
    }
  }

  @Test
  void with_the_hosts_network_only_that_is_shared() throws IOException {
    var shared =
        machine.jontainers(
            "run", "--rm", "--network", "host", "--rootfs", "fs/orig", "sh", "-c", LINKS);

    for (String kind : KINDS) {
      String hosts = Files.readSymbolicLink(Path.of("/proc/self/ns", kind)).toString();
      assertThat(shared.lines().contains(hosts)).as(kind).isEqualTo(kind.equals("net"));
    }
  }

  @Test
  void with_the_hosts_network_a_container_has_the_hosts_name() throws IOException {
    var named =
        machine.jontainers("run", "--rm", "--network", "host", "--rootfs", "fs/orig", "hostname");

    assertThat(named.out().strip()).isEqualTo(machine.text("hostname"));
  }

  @Test
  @InVm
  void a_container_sees_no_processes_but_its_own() throws IOException {
    var seen = machine.shell("cd /proc; echo [0-9]*").out().strip();

    assertThat(seen).isEqualTo("1");
  }

  @Test
  void a_container_sees_no_mounts_of_the_host() throws IOException {
    var marker = Files.createDirectory(machine.directory().resolve("marker"));
    machine.text("mount", "-t", "tmpfs", "secret", marker.toString());
    try {
      var mounts = machine.shell("cat /proc/self/mountinfo").out();

      assertThat(mounts).contains(" / / ").doesNotContain("secret", marker.toString());
    } finally {
      machine.text("umount", marker.toString());
    }
  }

  @Test
  void a_container_sees_no_ipc_objects_of_the_host() throws IOException {
    String id = machine.text("ipcmk", "-M", "4096").replaceAll(".*: ", "");
    try {
      assertThat(Files.readAllLines(Path.of("/proc/sysvipc/shm"))).hasSizeGreaterThan(1);

      assertThat(machine.shell("cat /proc/sysvipc/shm; ls -A /dev/shm /dev/mqueue").lines())
          .filteredOn(line -> !line.startsWith("/dev/") && !line.isEmpty())
          .singleElement()
          .asString()
          .contains("key", "shmid");
    } finally {
      machine.text("ipcrm", "-m", id);
    }
  }

  @Test
  void a_hostname_is_the_containers_alone() throws IOException {
    String before = machine.text("hostname");

    assertThat(machine.run("-h", "inside", "hostname").out()).isEqualTo("inside\n");
    assertThat(machine.run("hostname", "changed").errors()).contains("Operation not permitted");
    assertThat(machine.text("hostname")).isEqualTo(before);
  }

  @Test
  @InVm
  void a_container_takes_its_cgroup_for_the_root() throws IOException {
    try (var container = machine.begin("-i", "sh", "-c", "cat /proc/self/cgroup; echo .; read x")) {
      for (String line = container.line(); !line.equals("."); line = container.line()) {
        if (!line.contains("name=systemd")) {
          assertThat(line).endsWith(":/");
        }
      }
      assertThat(Files.readString(Path.of("/proc/" + container.firstProcess() + "/cgroup")))
          .contains(":/jontainers/");
      container.end();
    }
  }

  @Test
  void without_a_network_there_is_only_a_loopback_link_which_is_up() throws IOException {
    var links = machine.shell("ip -o link; ip route; ping -c 1 127.0.0.1").lines();

    assertThat(links.getFirst()).contains("lo: <LOOPBACK,UP,LOWER_UP>");
    assertThat(links.get(1)).startsWith("PING 127.0.0.1");
    assertThat(links).anyMatch(line -> line.contains("1 packets received"));
  }
}
