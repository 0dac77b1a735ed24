package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Signals to the command are signals to its program; when the command dies, the program does.
@KernelTest
@SuppressWarnings("try") // a command is killed by closing it
class SignalsTest {
  @RegisterExtension final Machine machine = new Machine();

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP", "USR1", "USR2", "ALRM", "PIPE"})
  void a_signal_reaches_the_first_process(String signal) throws IOException {
    try (var run =
        machine.begin(
            "-i",
            "sh",
            "-c",
            "trap 'echo got; exit 7' " + signal + "; echo ready; read x; read x")) {
      run.await("ready");

      run.signal(signal);

      run.await("got");
      assertThat(run.end()).isEqualTo(7);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void the_third_request_to_end_kills(String signal) throws IOException {
    try (var run =
        machine.begin(
            "-i",
            "sh",
            "-c",
            "trap 'echo got' " + signal + "; echo ready; while :; do read x; done")) {
      run.await("ready");

      run.signal(signal);
      run.await("got");
      run.signal(signal);
      run.await("got");
      run.signal(signal);

      assertThat(run.rest()).isEmpty();
      assertThat(run.end()).isEqualTo(137);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP", "USR1"})
  void a_signal_before_there_is_a_container_does_not_end_the_command(String signal)
      throws Exception {
    var process = machine.startJontainers(Machine.runWords("--trace", "echo", "hello"));
    try (var run = new Running(process);
        var trace = process.errorReader()) {
      assertThat(trace.readLine()).isNotNull();

      run.signal(signal);

      assertThat(trace.lines()).anyMatch(line -> line.startsWith("execve("));
      run.await("hello");
      assertThat(run.end()).isZero();
    }
  }

  @Test
  void a_killed_command_leaves_no_process() throws IOException {
    try (var run =
        machine.begin(
            "-i",
            "sh",
            "-c",
            "trap '' TERM HUP INT; sleep 1000 & echo ready; while :; do read x; done")) {
      run.await("ready");
      assertThat(machine.processes()).hasSize(3); // the guard, the shell and its child

      run.close();

      machine.awaitNoProcess();
    }
    assertThat(machine.jontainers("ps", "-aq").out()).isEmpty();
  }

  @Test
  void processes_that_the_first_one_leaves_behind_end_with_it() throws IOException {
    var run = machine.run("sh", "-c", "setsid sleep 1000 & echo done");

    assertThat(run.out()).isEqualTo("done\n");
    assertThat(machine.processes()).isEmpty();
  }
}
