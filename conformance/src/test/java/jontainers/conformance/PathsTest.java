package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.ConformanceTest;

/// config-linux.md, Masked Paths, Readonly Paths, Sysctl, Personality.
@ConformanceTest
class PathsTest {
  /// config-linux#masked-paths: a file reads as empty, a directory is empty
  @OnEachRuntime
  void masked_paths_cannot_be_read(Container container) throws IOException {
    Files.createDirectories(container.rootfs().resolve("secret"));
    Files.writeString(container.rootfs().resolve("secret/file"), "secret");
    Files.writeString(container.rootfs().resolve("file"), "secret");
    container.add("linux.maskedPaths", "/secret", "/file");

    assertThat(container.shell("cat /file /proc/timer_list; ls /secret /sys/firmware"))
        .isEqualTo("/secret:\n\n/sys/firmware:");
  }

  /// config-linux#masked-paths: absolute paths in the container; a missing one is no error
  @OnEachRuntime
  void a_masked_path_that_is_missing_is_no_error(Container container) {
    container.add("linux.maskedPaths", "/nowhere", "/proc/nowhere");

    assertThat(container.shell("echo ran")).isEqualTo("ran");
  }

  /// config-linux#readonly-paths
  @OnEachRuntime
  void readonly_paths_cannot_be_written(Container container) throws IOException {
    Files.createDirectories(container.rootfs().resolve("kept"));
    container.add("linux.readonlyPaths", "/kept", "/nowhere");

    var run =
        container
            .script(
                "touch /kept/x; echo 1 >/proc/sys/kernel/pid_max; echo 1 >/proc/irq/default_smp_affinity")
            .run();

    assertThat(run.errors().lines())
        .hasSize(3)
        .allMatch(line -> line.endsWith("Read-only file system"));
  }

  /// config-linux#readonly-paths: what is below, too
  @OnEachRuntime
  void a_readonly_path_keeps_its_options(Container container) {
    assertThat(container.shell("grep ' /proc/sys ' /proc/self/mountinfo")).contains(" ro,");
  }

  /// config-linux#sysctl
  @OnEachRuntime
  void kernel_parameters_are_those_given(Container container) {
    container.setObject(
        "linux.sysctl",
        "net.ipv4.ip_forward",
        "1",
        "net.ipv4.ip_local_port_range",
        "2000 3000",
        "kernel.msgmax",
        "9000",
        "fs.mqueue.queues_max",
        "77");

    assertThat(
            container.shell(
                "cd /proc/sys; cat net/ipv4/ip_forward net/ipv4/ip_local_port_range kernel/msgmax"
                    + " fs/mqueue/queues_max"))
        .isEqualTo("1\n2000\t3000\n9000\n77");
  }

  /// config-linux#sysctl: names with slashes, as sysctl(8) takes them
  @OnEachRuntime
  void a_name_may_have_slashes(Container container) {
    container.setObject("linux.sysctl", "net/ipv4/ip_forward", "1");

    assertThat(container.shell("cat /proc/sys/net/ipv4/ip_forward")).isEqualTo("1");
  }

  /// The host's parameters cannot be changed.
  @OnEachRuntime
  void a_parameter_of_no_namespace_is_refused(Containers containers) throws IOException {
    var file = Path.of("/proc/sys/vm/swappiness");
    String before = Files.readString(file);

    var run = containers.another().setObject("linux.sysctl", "vm.swappiness", "1").run();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.errors()).contains("vm.swappiness");
    assertThat(Files.readString(file)).isEqualTo(before);
  }

  /// A parameter whose namespace is the host's is the host's.
  @OnEachRuntime
  void a_parameter_of_an_inherited_namespace_is_refused(Container container) {
    container.without("network").setObject("linux.sysctl", "net.ipv4.ip_forward", "1");
    container.config().objects("mounts").removeIf(m -> "/sys".equals(m.get("destination")));

    assertThat(container.script("true").run().code()).isEqualTo(1);
  }

  /// config-linux#personality: LINUX32
  @OnEachRuntime(differs = {"runc 1.1: no personality"})
  void the_personality_is_the_one_given(Container container) {
    container.setObject("linux.personality", "domain", "LINUX32");

    assertThat(container.shell("uname -m")).isIn("i686", "armv8l", "armv7l");
  }

  /// config-linux#personality: an unknown domain is an error
  @OnEachRuntime(differs = "runc 1.1: no personality")
  void an_unknown_personality_is_refused(Container container) {
    container.setObject("linux.personality", "domain", "BOGUS");

    assertThat(container.script("true").run().code()).isEqualTo(1);
  }

  /// config-linux#intelrdt: an error where the kernel has none
  @OnEachRuntime(differs = "crun 1.8: ignores it")
  void a_cache_allocation_is_an_error_without_resctrl(Container container) {
    org.junit.jupiter.api.Assumptions.assumeFalse(
        Files.exists(Path.of("/sys/fs/resctrl/schemata")), "this machine has it");
    container.setObject("linux.intelRdt", "closID", "x", "l3CacheSchema", "L3:0=f");

    assertThat(container.script("true").run().code()).isEqualTo(1);
  }

  /// config-linux#memory-policy
  @OnEachRuntime(differs = {"runc 1.1, 1.3: no memoryPolicy", "crun 1.8: no memoryPolicy"})
  void the_memory_policy_is_the_one_given(Container container) {
    container.setObject("linux.memoryPolicy", "mode", "MPOL_BIND", "nodes", "0");

    assertThat(container.shell("grep heap /proc/self/numa_maps")).contains(" bind:0 ");
  }

  /// What is masked stays so in exec.
  @OnEachRuntime
  void exec_sees_the_same(Container container) {
    container.up();

    assertThat(container.exec("cat", "/proc/timer_list").succeeded().out()).isEmpty();
    assertThat(container.exec("sh", "-c", "echo 1 >/proc/sys/kernel/pid_max").errors())
        .contains("Read-only file system");
    assertThat(List.of(container.exec("pwd").text())).containsExactly("/");
  }
}
