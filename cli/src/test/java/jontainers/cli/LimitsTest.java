package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A limit limits; one that the kernel cannot keep is refused and leaves nothing.
@KernelTest
class LimitsTest {
  @RegisterExtension final Machine machine = new Machine();

  @Test
  @InVm
  void a_program_that_needs_more_memory_is_killed_and_the_command_says_why() throws IOException {
    var run = machine.run("--name", "big", "-m", "16m", "sh", "-c", "exec tail -c 400m /dev/zero");

    assertThat(run.code()).isEqualTo(137);
    assertThat(run.errors())
        .isEqualTo("jontainers: container big was killed: its memory was used up\n");
  }

  @Test
  @InVm
  void a_child_that_needs_more_memory_is_killed_alone() throws IOException {
    var run =
        machine.run("-m", "16m", "sh", "-c", "tail -c 400m /dev/zero >/dev/null; echo code $?");

    assertThat(run.out()).isEqualTo("code 137\n");
    assertThat(run.code()).isZero();
  }

  @Test
  void a_program_within_its_memory_is_not_disturbed() throws IOException {
    assertThat(
            machine.run("-m", "64m", "sh", "-c", "head -c 8m /dev/zero | tail -c 4m | wc -c").out())
        .isEqualTo("4194304\n");
  }

  @Test
  @InVm
  void no_more_processes_than_allowed() throws IOException {
    var run =
        machine.run("--pids-limit", "4", "sh", "-c", "for i in 1 2 3 4 5 6; do sleep 1 & done");

    assertThat(run.errors()).contains("can't fork");
  }

  /// The program's memory can go nowhere but to swap; the kernel knows a limit of it on its own.
  @Test
  @InVm
  void swap_is_limited_apart_from_memory() throws IOException {
    assumeTrue(Files.readAllLines(Path.of("/proc/swaps")).size() > 1, "this machine has no swap");
    String[] hog = {"dd", "if=/dev/zero", "of=/dev/null", "bs=48M", "count=1"};

    var without = machine.run(words("-m 24m --memory-swap 24m", hog));
    var with = machine.run(words("-m 24m --memory-swap 240m", hog));

    // Where read(2) itself needs the page, it fails with EFAULT instead of a kill.
    assertThat(without.code()).as(without.errors()).isIn(1, 137);
    assertThat(with.code()).as(with.errors()).isZero();
  }

  /// Docker's `--memory` alone allows as much swap as memory, and -1 as much as there is.
  @ParameterizedTest
  @CsvSource({"-m 64m, 134217728", "-m 64m --memory-swap 96m, 100663296"})
  void memory_and_swap_together_have_a_limit(String options, long expected) throws IOException {
    var file = Path.of("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes");
    assumeTrue(Files.exists(file), "no cgroup version 1 that counts swap");

    assertThat(machine.run(words(options, "cat", file.toString())).out().strip())
        .isEqualTo(Long.toString(expected));
  }

  /// The ratio of processor time to wall time, which a busy machine can only make smaller.
  @ParameterizedTest
  @CsvSource({"--cpus 0.2, 0.2", "--cpu-period 50000 --cpu-quota 20000, 0.4"})
  @InVm
  void processor_time_is_the_share_that_was_asked_for(String options, double share)
      throws IOException {
    var run =
        machine.run(
            words(
                options,
                "sh",
                "-c",
                "cat /proc/uptime; end=$(($(date +%s) + 3));"
                    + " while [ $(date +%s) -lt $end ]; do :; done;"
                    + " cat /proc/uptime; cut -d' ' -f14-17 /proc/1/stat"));

    double wall = first(run.lines().get(1)) - first(run.lines().get(0));
    double ticks = 0; // of 10 ms, with the time of the children that it has waited for
    for (String word : run.lines().get(2).split(" ")) {
      ticks += Double.parseDouble(word);
    }
    assertThat(ticks / 100 / wall).isPositive().isLessThan(1.3 * share);
  }

  /// Read past the cache, so that each byte comes from the disk.
  @ParameterizedTest
  @CsvSource({"--device-read-bps, 1m", "--device-read-iops, 16"})
  @InVm
  void a_disk_is_read_as_fast_as_allowed(String option, String rate) throws IOException {
    var disk = disk();
    assumeTrue(disk.isPresent(), "this machine shows no disk");
    String options = disk.get().options();
    String[] read = {
      "sh",
      "-c",
      "cat /proc/uptime; dd if="
          + disk.get().file()
          + " of=/dev/null bs=64k count=32 iflag=direct 2>&1; cat /proc/uptime"
    };

    var limited =
        machine.run(words(options + " " + option + " " + disk.get().device() + ":" + rate, read));
    var free = machine.run(words(options, read));

    assertThat(limited.lines()).as(limited.errors()).contains("32+0 records in");
    assertThat(seconds(limited)).isGreaterThan(1.5);
    assertThat(seconds(free)).isLessThan(1.5);
  }

  private static double seconds(Machine.Outcome run) {
    return first(run.lines().getLast()) - first(run.lines().getFirst());
  }

  private static double first(String line) {
    return Double.parseDouble(line.substring(0, line.indexOf(' ')));
  }

  /// A disk, and how a container reads 2 MiB of it.
  private record Disk(String device, String options, String file) {}

  /// Find the disk that holds a file of ours, or one that holds nothing.
  private Optional<Disk> disk() throws IOException {
    var file = machine.directory().resolve("blob");
    Files.write(file, new byte[2 << 20]);
    long device = (long) Files.getAttribute(file, "unix:dev"); // makedev(3)
    long minor = (device & 0xff) | ((device >> 12) & 0xfff00);
    var block = Path.of("/sys/dev/block/" + ((device >> 8) & 0xfff) + ":" + minor);
    if (Files.exists(block)) {
      var own = block.toRealPath();
      var whole = Files.exists(own.resolve("partition")) ? own.resolve("..").toRealPath() : own;
      return Optional.of(
          new Disk("/dev/" + whole.getFileName(), "-v " + file + ":/blob:ro", "/blob"));
    }
    var empty = Path.of("/dev/zram1"); // that of bin/vm
    return Files.exists(empty)
        ? Optional.of(new Disk(empty.toString(), "--device " + empty + ":/dev/disk:r", "/dev/disk"))
        : Optional.empty();
  }

  private static String[] words(String options, String... command) {
    return Stream.concat(Arrays.stream(options.split(" ")), Arrays.stream(command))
        .toArray(String[]::new);
  }

  @Test
  @InVm
  void processors_are_those_that_were_named() throws IOException {
    assertThat(
            machine
                .run("--cpuset-cpus", "0", "grep", "Cpus_allowed_list", "/proc/self/status")
                .out())
        .isEqualTo("Cpus_allowed_list:\t0\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--cpuset-cpus;999;cannot set cpuset.cpus to 999",
        "--memory;1m;the minimum of memory is 6 MiB",
        "--memory;lots;invalid size for --memory",
        "--cpus;0;--cpus goes from 0.01",
        "--cpus;9999;--cpus goes from 0.01",
        "--cpu-period;5;the CPU period 5",
        "--blkio-weight;5;--blkio-weight goes from 10",
        "--device-read-bps;/dev/nothing:1m;no such device: /dev/nothing",
        "--ulimit;files=1;no such resource limit: files",
        "--ulimit;nofile=9:5;the soft limit is above the hard one",
        "--oom-score-adj;2000;invalid OOM score",
        "--sysctl;kernel.panic=1;not in a namespace of its own",
        "--shm-size;0;the size of /dev/shm",
        "--cgroup-parent;../x;invalid cgroup parent",
      })
  void a_limit_that_cannot_be_is_refused(String option, String value, String message)
      throws IOException {
    var run = machine.run(option, value, "true");

    assertThat(run.code()).isEqualTo(125);
    assertThat(run.errors()).startsWith("jontainers: ").contains(message);
  }

  @Test
  void limits_of_each_process_and_parameters_of_its_own() throws IOException {
    assertThat(
            machine
                .run(
                    "--ulimit",
                    "nofile=100:200",
                    "--sysctl",
                    "net.core.somaxconn=99",
                    "--sysctl",
                    "kernel.msgmax=9999",
                    "--shm-size",
                    "1m",
                    "--oom-score-adj",
                    "500",
                    "sh",
                    "-c",
                    "ulimit -n; ulimit -Hn; cat /proc/sys/net/core/somaxconn"
                        + " /proc/sys/kernel/msgmax /proc/self/oom_score_adj;"
                        + " df -k /dev/shm | tail -1 | tr -s ' ' | cut -d' ' -f2")
                .lines())
        .containsExactly("100", "200", "99", "9999", "500", "1024");
  }

  /// What Docker sets: without it port 80 is for root.
  @Test
  void anybody_listens_on_every_port_in_a_network_of_its_own() throws IOException {
    var listened = machine.run("-u", "1000", "sh", "-c", "timeout -s KILL 1 nc -l -p 80; echo $?");

    assertThat(listened.errors()).doesNotContain("denied");
    assertThat(listened.out()).isEqualTo("137\n");
  }

  @Test
  void what_the_user_says_of_a_parameter_counts_and_the_hosts_network_keeps_its_own()
      throws IOException {
    String ports = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
    String groups = "/proc/sys/net/ipv4/ping_group_range";
    for (String name :
        List.of("net.ipv4.ip_unprivileged_port_start", "net/ipv4/ip_unprivileged_port_start")) {
      assertThat(machine.run("--sysctl", name + "=99", "cat", ports, groups).lines())
          .containsExactly("99", "0\t2147483647");
    }
    assertThat(
            machine
                .jontainers(
                    "run", "--rm", "--network", "host", "--rootfs", "fs/orig", "cat", ports, groups)
                .out()
                .stripTrailing())
        .isEqualTo(machine.text("cat", ports, groups));
  }
}
