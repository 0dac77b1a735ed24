package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.ConformanceTest;
import jontainers.testkit.InVm;

/// config-linux.md, Control groups, with version 2 alone; in the virtual machine, and wherever a
/// machine has no other.
@ConformanceTest
@InVm
class Version2Test {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  /// config-linux#cgroups-path, #resources: a directory with the limits, gone with the container
  @OnEachRuntime
  void a_container_is_in_a_cgroup_with_its_limits(Container container) throws IOException {
    needVersion2();
    container
        .setObject("linux.resources.memory", "limit", 64 << 20, "swap", 96 << 20)
        .setObject("linux.resources.cpu", "quota", 50_000, "period", 100_000, "shares", 1024)
        .setObject("linux.resources.pids", "limit", 50)
        .up();
    var cgroup = cgroup(container);

    assertThat(text(cgroup, "cgroup.procs")).isEqualTo(Integer.toString(container.pid()));
    assertThat(text(cgroup, "memory.max")).isEqualTo("67108864");
    assertThat(text(cgroup, "memory.swap.max")).isEqualTo("33554432");
    assertThat(text(cgroup, "cpu.max")).isEqualTo("50000 100000");
    assertThat(text(cgroup, "pids.max")).isEqualTo("50");
    container.delete("--force").succeeded();
    assertThat(cgroup).doesNotExist();
  }

  /// config-linux#unified: any file of version 2
  @OnEachRuntime
  void unified_names_files_of_version_2(Container container) throws IOException {
    needVersion2();
    container.setObject("linux.resources.unified", "memory.high", "33554432").up();

    assertThat(text(cgroup(container), "memory.high")).isEqualTo("33554432");
  }

  /// config-linux#huge-page-limits
  @OnEachRuntime
  void huge_pages_are_limited(Container container) throws IOException {
    needVersion2();
    assumeTrue(
        Files.readString(ROOT.resolve("cgroup.controllers")).contains("hugetlb"),
        "the kernel limits no huge pages");
    container
        .set(
            "linux.resources.hugepageLimits",
            List.of(Json.object("pageSize", "2MB", "limit", 8 << 20)))
        .up();

    assertThat(text(cgroup(container), "hugetlb.2MB.max")).isEqualTo("8388608");
  }

  /// config-linux#allowed-device-list: a program of the kernel's decides
  @OnEachRuntime
  void devices_are_those_allowed(Container container) throws IOException {
    needVersion2();
    container.capabilities("CAP_MKNOD").up();

    assertThat(container.exec("/bin/sh", "-c", "echo x > /dev/null && echo null").text())
        .contains("null");
    assertThat(container.exec("/bin/sh", "-c", "mknod /dev/kmsg c 1 11; cat /dev/kmsg 2>&1").text())
        .contains("Operation not permitted");
  }

  /// command: update, also of what was not limited before
  @OnEachRuntime(without = "crun 1.8: reads no limits from options")
  void limits_are_changed_and_added(Container container) throws IOException {
    needVersion2();
    container.up();

    container.command("update", "--memory", "50M", "--pids-limit", "20").run().succeeded();

    assertThat(text(cgroup(container), "memory.max")).isEqualTo("52428800");
    assertThat(text(cgroup(container), "pids.max")).isEqualTo("20");
  }

  /// command: pause and resume by cgroup.freeze; exec joins the cgroup
  @OnEachRuntime(without = "crun 1.8: has no events")
  void it_is_paused_and_entered(Container container) throws IOException {
    needVersion2();
    container.up();

    container.command("pause").run().succeeded();
    assertThat(text(cgroup(container), "cgroup.events")).contains("frozen 1");
    assertThat(container.status()).isEqualTo("paused");
    container.command("resume").run().succeeded();
    assertThat(container.status()).isEqualTo("running");
    assertThat(container.exec("/bin/cat", "/proc/self/cgroup").text()).contains("0::/");
    assertThat(container.command("events", "--stats").run().succeeded().text())
        .contains("\"type\":\"stats\"");
  }

  private static void needVersion2() {
    assumeTrue(
        Files.exists(ROOT.resolve("cgroup.controllers")),
        "this machine has cgroup version 1, too: ./test --vm");
  }

  private static Path cgroup(Container container) throws IOException {
    String line = Files.readString(container.proc("cgroup")).strip();
    return ROOT.resolve(line.substring(line.lastIndexOf(':') + 2));
  }

  private static String text(Path cgroup, String file) throws IOException {
    return Files.readString(cgroup.resolve(file)).strip();
  }
}
