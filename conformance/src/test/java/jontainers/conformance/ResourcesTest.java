package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import jontainers.testkit.ConformanceTest;

/// config-linux.md, Control groups: what both versions have, in the files of each.
@ConformanceTest
class ResourcesTest {
  private static final long MIB = 1 << 20;

  /// config-linux#cgroups-path: absolute, below the hierarchy's mount point
  @OnEachRuntime
  void the_container_is_in_the_cgroup_given(Container container) throws IOException {
    container.up();

    for (String controller : List.of("memory", "cpu", "pids", "devices", "freezer", "cpuset")) {
      assertThat(container.cgroupText(controller, "cgroup.procs"))
          .as(controller)
          .isEqualTo(Integer.toString(container.pid()));
    }
  }

  /// config-linux#cgroups-path: without one the runtime has a place of its own
  @OnEachRuntime
  void without_a_path_there_is_a_cgroup_of_its_own(Container container) throws IOException {
    container.remove("linux.cgroupsPath").up();

    String cgroup = Cgroups.path(Files.readAllLines(container.proc("cgroup")), "memory");
    assertThat(cgroup).contains(container.id());
    assertThat(Cgroups.directory("memory", cgroup)).exists();
    container.delete("--force").succeeded();
    assertThat(Cgroups.directory("memory", cgroup)).doesNotExist();
  }

  /// config-linux#cgroups-path: a relative one is below the runtime's own
  @OnEachRuntime
  void a_relative_path_is_taken(Container container) throws IOException {
    container.set("linux.cgroupsPath", "jontainers/" + container.id()).up();

    assertThat(Cgroups.path(Files.readAllLines(container.proc("cgroup")), "memory"))
        .endsWith("/jontainers/" + container.id());
  }

  /// config-linux#memory: limit, reservation, swap
  @OnEachRuntime
  void memory_limits_are_those_given(Container container) {
    container.setObject("linux.resources.memory", "limit", 64 * MIB, "reservation", 32 * MIB).up();

    assertThat(container.limit("memory.limit_in_bytes", "memory.max")).isEqualTo("67108864");
    assertThat(container.limit("memory.soft_limit_in_bytes", "memory.low")).isEqualTo("33554432");
  }

  /// config-linux#memory: swap with limit
  @OnEachRuntime
  void memory_and_swap_are_limited_together(Container container) {
    assumeTrue(
        Cgroups.version2()
            || Files.exists(Path.of("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")),
        "this kernel does not count swap");
    container.setObject("linux.resources.memory", "limit", 64 * MIB, "swap", 128 * MIB).up();

    assertThat(container.limit("memory.memsw.limit_in_bytes", "memory.swap.max"))
        .isEqualTo(Cgroups.either("134217728", "67108864"));
  }

  /// config-linux#memory: -1 is no limit
  @OnEachRuntime
  void minus_one_is_no_limit(Container container) {
    container.setObject("linux.resources.memory", "limit", -1).up();

    assertThat(container.limit("memory.limit_in_bytes", "memory.max"))
        .isEqualTo(Cgroups.either("9223372036854771712", "max"));
  }

  /// config-linux#memory: swappiness, disableOOMKiller
  @OnEachRuntime
  void swappiness_is_the_one_given(Container container) {
    assumeTrue(!Cgroups.version2(), "cgroup version 2 has no swappiness");
    container.setObject("linux.resources.memory", "swappiness", 10).up();

    assertThat(container.limit("memory.swappiness")).isEqualTo("10");
  }

  @OnEachRuntime
  void too_much_memory_kills_the_program(Container container) {
    container.setObject("linux.resources.memory", "limit", 16 * MIB);

    assertThat(container.args("sh", "-c", "x=a; while :; do x=$x$x; done").run().code())
        .isEqualTo(137);
  }

  /// config-linux#cpu: shares, quota, period
  @OnEachRuntime
  void cpu_time_is_as_given(Container container) {
    container
        .setObject("linux.resources.cpu", "shares", 512, "quota", 50_000, "period", 200_000)
        .up();

    assertThat(container.limit("cpu.shares", "cpu.weight")).isIn(shares("512", "20", "59"));
    assertThat(container.limit("cpu.cfs_quota_us", "cpu.max"))
        .isEqualTo(Cgroups.either("50000", "50000 200000"));
    if (!Cgroups.version2()) {
      assertThat(container.limit("cpu.cfs_period_us")).isEqualTo("200000");
    }
  }

  /// config-linux#cpu: cpus, mems
  @OnEachRuntime
  void processors_are_those_given(Container container) {
    container.setObject("linux.resources.cpu", "cpus", "0", "mems", "0").up();

    assertThat(container.limit("cpuset.cpus")).isEqualTo("0");
    assertThat(container.exec("grep", "Cpus_allowed_list", "/proc/self/status").text())
        .isEqualTo("Cpus_allowed_list:\t0");
  }

  /// config-linux#cpu: idle
  @OnEachRuntime(differs = "runc 1.1: no cpu.idle")
  void idle_is_as_given(Container container) {
    assumeTrue(
        Cgroups.version2() || Files.exists(Path.of("/sys/fs/cgroup/cpu/jontainers/cpu.idle")),
        "no cpu.idle");
    container.setObject("linux.resources.cpu", "idle", 1).up();

    assertThat(container.limit("cpu.idle")).isEqualTo("1");
  }

  /// config-linux#pids: limit
  @OnEachRuntime
  void the_number_of_processes_is_limited(Container container) {
    container.setObject("linux.resources.pids", "limit", 5);

    var run =
        container
            .script("cat /proc/self/cgroup >/dev/null; for i in 1 2 3 4 5 6; do sleep 9 & done")
            .run();

    assertThat(run.errors()).contains("can't fork: Resource temporarily unavailable");
  }

  /// config-linux#block-io: throttling by device
  @OnEachRuntime
  void block_io_is_throttled_as_given(Container container) throws IOException {
    String device =
        Command.of("sh", "-c", "cat /sys/block/*/dev | head -1").run().succeeded().text();
    assumeTrue(!device.isEmpty(), "no block device");
    String[] numbers = device.split(":");
    container
        .set(
            "linux.resources.blockIO.throttleReadBpsDevice",
            List.of(
                Json.object(
                    "major", Integer.parseInt(numbers[0]),
                    "minor", Integer.parseInt(numbers[1]),
                    "rate", MIB)))
        .up();

    assertThat(container.limit("blkio.throttle.read_bps_device", "io.max"))
        .isEqualTo(
            device + Cgroups.either(" 1048576", " rbps=1048576 wbps=max riops=max wiops=max"));
  }

  /// config-linux#control-groups: a value that the kernel refuses is an error
  @OnEachRuntime(without = "crun 1.8: leaves the cgroup")
  void a_limit_that_cannot_be_set_is_an_error(Container container) {
    container.setObject("linux.resources.cpu", "cpus", "4000");

    assertThat(container.script("true").run().code()).isEqualTo(1);
    assertThat(container.cgroup("cpuset")).doesNotExist();
  }

  /// update: words and files
  @OnEachRuntime
  void limits_are_changed_while_it_runs(Container container) {
    container.setObject("linux.resources.memory", "limit", 64 * MIB).up();

    container
        .command("update", "--memory", "33554432", "--cpu-quota", "30000", "--pids-limit", "20")
        .run()
        .succeeded();

    assertThat(container.limit("memory.limit_in_bytes", "memory.max")).isEqualTo("33554432");
    assertThat(container.limit("cpu.cfs_quota_us", "cpu.max"))
        .isEqualTo(Cgroups.either("30000", "30000 100000"));
    assertThat(container.limit("pids.max")).isEqualTo("20");
  }

  /// oci-cli: flags may stand after the id, sizes may have a unit
  @OnEachRuntime(differs = "crun 1.8, 1.28: no units")
  void update_takes_sizes_with_a_unit(Container container) {
    container.up();

    container.plain("update", container.id(), "--memory", "50M").run().succeeded();

    assertThat(container.limit("memory.limit_in_bytes", "memory.max")).isEqualTo("52428800");
  }

  /// oci-cli: JSON on standard input, as containerd and dockerd send it, in which zero is unset
  @OnEachRuntime(differs = "crun 1.8, 1.28: writes the zeros")
  void update_reads_resources_and_ignores_zeros(Container container) {
    container
        .setObject("linux.resources.memory", "limit", 64 * MIB)
        .setObject("linux.resources.cpu", "shares", 300)
        .up();

    container
        .command("update", "--resources", "-")
        .reading(
            """
            {"memory":{"limit":0,"reservation":0,"kernel":0},
             "cpu":{"shares":0,"quota":25000,"period":100000},"blockIO":{"weight":0}}\
            """)
        .run()
        .succeeded();

    assertThat(container.limit("cpu.cfs_quota_us", "cpu.max"))
        .isEqualTo(Cgroups.either("25000", "25000 100000"));
    assertThat(container.limit("cpu.shares", "cpu.weight")).isIn(shares("300", "12", "39"));
    assertThat(container.limit("memory.limit_in_bytes", "memory.max")).isEqualTo("67108864");
  }

  /// oci-cli: a file, as podman gives
  @OnEachRuntime
  void update_reads_a_file(Container container) throws IOException {
    container.up();
    var file =
        Files.writeString(
            container.bundle().resolve("resources.json"), "{\"cpu\":{\"shares\":99}}");

    container.command("update", "--resources", file.toString()).run().succeeded();

    assertThat(container.limit("cpu.shares", "cpu.weight")).isIn(shares("99", "4", "17"));
  }

  @OnEachRuntime
  void a_container_is_paused_and_resumed(Container container) {
    container
        .script("echo ready; while :; do echo tick; sleep 0.01; done")
        .create()
        .start()
        .await("ready");

    container.command("pause").run().succeeded();
    assertThat(container.status()).isEqualTo("paused");
    String before = container.output();
    assertThat(container.state().number("pid")).isPositive();
    assertThat(container.output()).isEqualTo(before);

    container.command("resume").run().succeeded();
    assertThat(container.status()).isEqualTo("running");
    container.await(before + "tick");
  }

  /// oci-cli
  @OnEachRuntime(differs = "crun 1.8, 1.28: waits until it is resumed")
  void nothing_is_executed_in_a_paused_container(Container container) {
    container.up();
    container.command("pause").run().succeeded();

    var exec = container.executing(List.of(), "true").within(Patience.ofSeconds(10)).run();

    assertThat(exec.code()).isEqualTo(255);
    assertThat(exec.errors())
        .contains("cannot exec in a paused container (use --ignore-paused to override)");
    container.command("resume").run().succeeded();
  }

  /// oci-cli: `--ignore-paused`: it is executed when the container goes on
  @OnEachRuntime(differs = "crun 1.8, 1.28: has no such option")
  void exec_waits_for_a_paused_container_if_asked(Container container) {
    container.up();
    container.command("pause").run().succeeded();
    var exec =
        CompletableFuture.supplyAsync(
            () -> container.executing(List.of("--ignore-paused"), "echo", "went on").run(),
            Thread.ofVirtual()::start);

    container.command("resume").run().succeeded();

    assertThat(exec.join().out()).isEqualTo("went on\n");
  }

  /// oci-cli: `exec --cgroup`: a part of the container's own, and nothing outside of it
  @OnEachRuntime(differs = "crun 1.8, 1.28: takes any path")
  void exec_enters_no_cgroup_outside_the_containers(Container container) {
    container.up();

    var exec = container.executing(List.of("--cgroup", "../other"), "true").run();

    assertThat(exec.code()).isNotZero();
    assertThat(exec.errors()).contains(" is not a sub cgroup path");
  }

  @OnEachRuntime
  void a_paused_container_is_deleted_by_force(Container container) {
    container.up();
    container.command("pause").run().succeeded();

    container.delete("--force").succeeded();

    assertThat(container.command("state").run().code()).isEqualTo(1);
  }

  /// The processes of exec are in the cgroup, too.
  @OnEachRuntime
  void exec_enters_the_cgroup(Container container) {
    container.up();

    assertThat(
            container
                .exec("sh", "-c", "grep -E '^0:|:(memory|pids|devices):' /proc/self/cgroup")
                .lines()
                .stream()
                .filter(line -> Cgroups.version2() == line.startsWith("0:")))
        .hasSize(Cgroups.version2() ? 1 : 3)
        .allMatch(line -> line.endsWith("/jontainers/" + container.id()));
  }

  /// A directory that the caller has made, with a limit of its own, is used.
  @OnEachRuntime
  void a_cgroup_that_is_there_is_used(Container container) throws IOException {
    var cgroup = Cgroups.make("pids", "jontainers/" + container.id());
    Files.writeString(cgroup.resolve("pids.max"), "77");
    container.up();

    assertThat(container.limit("pids.max")).isEqualTo("77");
  }

  /// Shares are a weight in version 2, for which there is an older conversion and a newer one.
  private static List<String> shares(String version1, String... version2) {
    return Cgroups.version2() ? List.of(version2) : List.of(version1);
  }
}
