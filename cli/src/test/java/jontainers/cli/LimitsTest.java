package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
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
  void a_program_that_needs_more_memory_is_killed_and_the_command_says_why() throws IOException {
    var run = machine.run("--name", "big", "-m", "16m", "sh", "-c", "exec tail -c 400m /dev/zero");

    assertThat(run.code()).isEqualTo(137);
    assertThat(run.errors())
        .isEqualTo("jontainers: container big was killed: its memory was used up\n");
  }

  @Test
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
  void no_more_processes_than_allowed() throws IOException {
    var run =
        machine.run("--pids-limit", "4", "sh", "-c", "for i in 1 2 3 4 5 6; do sleep 1 & done");

    assertThat(run.errors()).contains("can't fork");
  }

  /// The ratio of processor time to wall time, which a busy machine can only make smaller.
  @Test
  void processor_time_is_the_share_that_was_asked_for() throws IOException {
    var run =
        machine.run(
            "--cpus",
            "0.2",
            "sh",
            "-c",
            "end=$(($(date +%s) + 3)); while [ $(date +%s) -lt $end ]; do :; done; cat /proc/1/stat"
                + " | cut -d' ' -f14-17");

    long ticks = 0;
    for (String word : List.of(run.out().strip().split(" "))) {
      ticks += Long.parseLong(word);
    }
    // Of 3 to 4 seconds at 100 ticks, with the time of the children that it has waited for.
    assertThat(ticks).isLessThan(120).isPositive();
  }

  @Test
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
}
