package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// With `--init` process 1 is the proxy, which forwards signals and reaps.
@KernelTest
class InitTest {
  @RegisterExtension final Machine machine = new Machine();

  @ParameterizedTest
  @CsvSource({"exit 0, 0", "exit 7, 7", "exit 255, 255", "kill -9 $$, 137", "kill -11 $$, 139"})
  void the_code_is_the_programs(String script, int code) throws IOException {
    assertThat(machine.run("--init", "sh", "-c", script).code()).isEqualTo(code);
  }

  @Test
  void the_program_is_process_2_and_has_what_it_would_have() throws IOException {
    var run =
        machine.run(
            "--init",
            "sh",
            "-c",
            "echo $$; cat /proc/1/comm; grep -h -E 'CapEff|Seccomp:|SigBlk'"
                + " /proc/1/status /proc/self/status; ls /proc/self/fd | wc -l");

    assertThat(run.lines())
        .containsExactly(
            "2",
            "init",
            "SigBlk:\tfffffffffffbfeff",
            "CapEff:\t00000000a80425fb",
            "Seccomp:\t2",
            "SigBlk:\t0000000000000000",
            "CapEff:\t00000000a80425fb",
            "Seccomp:\t2",
            "4");
  }

  @Test
  void a_limit_of_open_files_leaves_room_for_the_init() throws IOException {
    var run = machine.run("--init", "--ulimit", "nofile=6", "sh", "-c", "ulimit -n; exit 7");

    assertThat(run.errors()).isEmpty();
    assertThat(run.out()).isEqualTo("6\n");
    assertThat(run.code()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "HUP", "USR1"})
  void a_signal_reaches_a_program_that_does_not_handle_it(String signal) throws IOException {
    try (var run = machine.begin("--init", "-i", "sh", "-c", "echo ready; sleep 1000")) {
      run.await("ready");

      run.signal(signal);
      assertThat(run.end()).isGreaterThan(128);
    }
  }

  @Test
  void processes_without_parents_are_reaped() throws IOException {
    var run =
        machine.run(
            "--init",
            "sh",
            "-c",
            "for i in 1 2 3; do (sleep 0.1 &) ; done; sleep 0.6; cat /proc/[0-9]*/stat | grep -c ' Z '");

    assertThat(run.out()).isEqualTo("0\n");
  }

  @Test
  void a_program_that_is_missing_is_said_to_be() throws IOException {
    var run = machine.run("--init", "nothing");

    assertThat(run.code()).isEqualTo(127);
    assertThat(run.errors()).contains("\"nothing\": executable file not found");
  }
}
