package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.ConformanceTest;

/// config-linux.md, Namespaces; config.md, Hostname and Domainname.
@ConformanceTest
class NamespacesTest {
  private static final List<String> FILES = List.of("mnt", "pid", "net", "uts", "ipc");

  /// config-linux#namespaces: one without a path is made
  @OnEachRuntime
  void each_namespace_is_new(Container container) throws IOException {
    container.add("linux.namespaces", Json.object("type", "cgroup"));
    for (String namespace : List.of("mnt", "pid", "net", "uts", "ipc", "cgroup")) {
      assertThat(container.shell("readlink /proc/self/ns/" + namespace))
          .as(namespace)
          .isNotEqualTo(own(namespace));
    }
  }

  /// config-linux#namespaces: one that is not listed is inherited
  @OnEachRuntime
  void what_is_not_listed_is_inherited(Containers containers) throws IOException {
    for (String type : List.of("network", "ipc", "uts")) {
      var container = containers.another().without(type).remove("hostname");
      if (type.equals("network")) {
        container.config().objects("mounts").removeIf(m -> "/sys".equals(m.get("destination")));
        container.set("linux.maskedPaths", List.of());
      }
      if (type.equals("ipc")) {
        container.config().objects("mounts").removeIf(m -> "mqueue".equals(m.get("type")));
      }
      String file = type.equals("network") ? "net" : type;

      assertThat(container.shell("readlink /proc/self/ns/" + file)).isEqualTo(own(file));
    }
  }

  @OnEachRuntime
  void the_pid_namespace_is_inherited(Container container) throws IOException {
    assertThat(container.without("pid").shell("readlink /proc/self/ns/pid")).isEqualTo(own("pid"));
  }

  /// config-linux#namespaces: one with a path is entered
  @OnEachRuntime
  void a_namespace_with_a_path_is_entered(Containers containers) throws IOException {
    var first = containers.another().up();
    var second = containers.another();
    for (String file : List.of("pid", "net", "uts", "ipc")) {
      String type = file.equals("net") ? "network" : file;
      second
          .without(type)
          .add(
              "linux.namespaces",
              Json.object("type", type, "path", first.proc("ns/" + file).toString()));
    }
    second.remove("hostname");

    String seen = second.shell("cd /proc/self/ns; for n in pid net uts ipc; do readlink $n; done");

    assertThat(seen.lines())
        .containsExactly(
            link(first, "pid"), link(first, "net"), link(first, "uts"), link(first, "ipc"));
  }

  /// config-linux#namespaces: a path that is no namespace of the type is an error
  @OnEachRuntime
  void a_path_to_another_kind_of_namespace_is_refused(Container container) {
    container
        .without("network")
        .add("linux.namespaces", Json.object("type", "network", "path", "/proc/self/ns/uts"));

    assertThat(container.script("true").run().code()).isEqualTo(1);
  }

  @OnEachRuntime
  void a_path_that_is_missing_is_refused(Container container) {
    container
        .without("network")
        .add("linux.namespaces", Json.object("type", "network", "path", "/run/netns/nonesuch"));

    var run = container.script("true").run();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.errors()).contains("/run/netns/nonesuch");
  }

  /// config-linux#namespaces: a type that is listed twice is an error
  @OnEachRuntime(differs = "crun 1.8: takes the last one")
  void a_namespace_that_is_listed_twice_is_refused(Container container) {
    container.add("linux.namespaces", Json.object("type", "uts"));

    assertThat(container.script("true").run().code()).isEqualTo(1);
  }

  /// config-linux#namespaces: the type is one of eight
  @OnEachRuntime
  void an_unknown_namespace_is_refused(Container container) {
    container.add("linux.namespaces", Json.object("type", "bogus"));

    assertThat(container.script("true").run().code()).isEqualTo(1);
  }

  /// config#hostname
  @OnEachRuntime
  void the_hostname_is_the_one_given(Container container) {
    assertThat(container.set("hostname", "other").shell("hostname")).isEqualTo("other");
  }

  /// config#hostname: the host's is not changed, since without a uts namespace it is refused
  @OnEachRuntime
  void a_hostname_without_a_namespace_is_refused(Container container) {
    String before = Command.of("hostname").run().text();

    assertThat(container.without("uts").script("true").run().code()).isEqualTo(1);
    assertThat(Command.of("hostname").run().text()).isEqualTo(before);
  }

  /// config#domainname
  @OnEachRuntime(differs = "runc 1.1: no domainname")
  void the_domainname_is_the_one_given(Container container) {
    assertThat(container.set("domainname", "example").shell("cat /proc/sys/kernel/domainname"))
        .isEqualTo("example");
  }

  /// config-linux#timeOffsets: boottime and monotonic
  @OnEachRuntime(
      differs = {"runc 1.1: no time namespace", "crun 1.8: no offset without a user namespace"})
  void the_clocks_are_moved(Container container) {
    container
        .add("linux.namespaces", Json.object("type", "time"))
        .setObject(
            "linux.timeOffsets",
            "boottime",
            Json.object("secs", 7_000_000, "nanosecs", 5),
            "monotonic",
            Json.object("secs", 3_000_000));

    assertThat(container.shell("cut -d. -f1 /proc/uptime").strip())
        .satisfies(uptime -> assertThat(Long.parseLong(uptime)).isGreaterThan(7_000_000));
    assertThat(container.shell("cat /proc/self/timens_offsets").replaceAll(" +", " "))
        .isEqualTo("monotonic 3000000 0\nboottime 7000000 5");
  }

  /// The container's first process is number 1 and sees only its own.
  @OnEachRuntime
  void the_program_is_process_one(Container container) {
    assertThat(container.shell("echo $$; echo /proc/[0-9]*")).isEqualTo("1\n/proc/1");
  }

  /// A new network namespace has its loopback up.
  @OnEachRuntime
  void the_loopback_of_a_new_network_is_up(Container container) {
    assertThat(container.shell("ip link show lo | head -1")).contains("UP");
  }

  /// config-linux#netDevices: a device of the runtime's namespace is moved, and may be renamed
  @OnEachRuntime(differs = {"runc 1.1, 1.3: no netDevices", "crun 1.8: no netDevices"})
  void network_devices_are_moved_into_the_container(Container container) {
    Command.of("ip", "link", "add", "conf0", "type", "veth", "peer", "name", "conf1")
        .run()
        .succeeded();
    try {
      Command.of("ip", "address", "add", "192.0.2.1/24", "dev", "conf0").run().succeeded();
      container.setObject("linux.netDevices", "conf0", Json.object("name", "eth9"));

      String seen = container.shell("ip address show eth9");

      assertThat(seen).contains("192.0.2.1/24").contains("UP");
    } finally {
      Command.of("ip", "link", "delete", "conf1").run();
    }
  }

  /// config-linux#netDevices: a device that is not there is an error
  @OnEachRuntime(differs = {"runc 1.1, 1.3: no netDevices", "crun 1.8: no netDevices"})
  void a_missing_network_device_is_refused(Container container) {
    container.setObject("linux.netDevices", "nonesuch0", Json.object());

    assertThat(container.script("true").run().code()).isEqualTo(1);
  }

  /// config-linux#namespaces: a mount namespace with a path, in which the root filesystem is seen
  @OnEachRuntime
  void a_mount_namespace_is_entered(Container container) throws IOException {
    var holder = Command.of("unshare", "--mount", "sh", "-c", "echo ready; cat").startWithPipes();
    try (var output = holder.inputReader();
        var input = holder.getOutputStream()) {
      assertThat(output.readLine()).isEqualTo("ready");
      var path = Path.of("/proc", Long.toString(holder.pid()), "ns/mnt");
      container
          .without("mount")
          .add("linux.namespaces", Json.object("type", "mount", "path", path.toString()));

      assertThat(container.shell("readlink /proc/self/ns/mnt; ls -d /bin/busybox"))
          .isEqualTo(link(path) + "\n/bin/busybox");
      input.flush();
    } finally {
      holder.destroyForcibly().onExit().join();
      holder.getErrorStream().close();
    }
  }

  /// The namespaces of the runtime's caller stay as they are.
  @OnEachRuntime
  void the_caller_stays_where_it_is(Container container) throws IOException {
    var before = FILES.stream().map(NamespacesTest::own).toList();
    container.shell("true");
    assertThat(FILES.stream().map(NamespacesTest::own).toList()).isEqualTo(before);
  }

  private static String own(String file) {
    return link(Path.of("/proc/self/ns", file));
  }

  private static String link(Container container, String file) {
    return link(container.proc("ns/" + file));
  }

  private static String link(Path path) {
    try {
      return Files.readSymbolicLink(path).toString();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
