package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import jontainers.linux.Terminal;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// With `-t` a container has a real terminal, and the caller gets its own back on every way out.
@KernelTest
class TerminalTest {
  @RegisterExtension final Machine machine = new Machine();

  @Test
  void the_streams_are_a_controlling_terminal() throws Exception {
    try (var screen = Screen.open()) {
      var process =
          start(
              screen,
              "-it",
              "tty; test -t 0 && test -t 1 && test -t 2 && echo all; echo x > /dev/tty;"
                  + " echo y > /dev/console; stat -c '%t:%T %a' /dev/console; ps -o tty,pid; exit 4");

      assertThat(screen.await("620\r\n")).endsWith("/dev/pts/0\r\nall\r\nx\r\ny\r\n88:0 620\r\n");
      screen.await("136,0      1\r\n");
      assertThat(end(process)).isEqualTo(4);
    }
  }

  @Test
  void the_windows_size_is_passed_on_and_followed() throws Exception {
    try (var screen = Screen.open()) {
      screen.terminal().resize(new Terminal.Size(33, 77));
      var process =
          start(
              screen,
              "-it",
              "stty size; trap 'stty size; exit 0' WINCH; echo ready; read x; read x");
      assertThat(screen.await("ready")).contains("33 77\r\n");

      screen.terminal().resize(new Terminal.Size(40, 100));

      screen.await("40 100\r\n");
      assertThat(end(process)).isZero();
    }
  }

  @Test
  void keys_reach_the_program_once_and_control_c_as_a_signal() throws Exception {
    try (var screen = Screen.open()) {
      var process =
          start(
              screen, "-it", "trap 'echo got; exit 42' INT; echo ready; read x; echo =$x=; read y");
      screen.await("ready\r\n");

      screen.type("abc\r");
      assertThat(screen.await("=abc=\r\n")).isEqualTo("abc\r\n=abc=\r\n");
      screen.type("\u0003");

      assertThat(screen.await("got\r\n")).isEqualTo("^Cgot\r\n");
      assertThat(end(process)).isEqualTo(42);
    }
  }

  @Test
  void control_d_ends_the_input() throws Exception {
    try (var screen = Screen.open()) {
      var process = start(screen, "-it", "echo ready; cat; echo end");
      screen.await("ready\r\n");

      screen.type("\u0004");

      screen.await("end\r\n");
      assertThat(end(process)).isZero();
    }
  }

  @Test
  void without_interactive_there_is_a_terminal_and_no_keys() throws Exception {
    try (var screen = Screen.open()) {
      var process = start(screen, "-t", "test -t 0 && echo terminal; exit 3");

      screen.await("terminal\r\n");
      assertThat(end(process)).isEqualTo(3);
    }
  }

  @Test
  void the_callers_terminal_is_raw_while_the_program_runs_and_restored_when_it_ends()
      throws Exception {
    try (var screen = Screen.open()) {
      byte[] before = screen.terminal().attributes();
      var process = start(screen, "-it", "echo ready; read x");
      screen.await("ready");
      assertThat(screen.terminal().attributes()).isNotEqualTo(before);

      screen.type("\r");

      assertThat(end(process)).isZero();
      assertThat(screen.terminal().attributes()).isEqualTo(before);
    }
  }

  @Test
  void the_callers_terminal_is_restored_when_the_program_is_not_found() throws Exception {
    try (var screen = Screen.open()) {
      byte[] before = screen.terminal().attributes();
      var process =
          screen.run(machine.directory(), machine.command(Machine.runWords("-it", "nonesuch")));

      screen.await("jontainers: exec: \"nonesuch\": executable file not found in $PATH\r\n");
      assertThat(end(process)).isEqualTo(127);
      assertThat(screen.terminal().attributes()).isEqualTo(before);
    }
  }

  @Test
  void the_callers_terminal_is_restored_when_the_program_is_killed() throws Exception {
    try (var screen = Screen.open()) {
      byte[] before = screen.terminal().attributes();
      var process = start(screen, "-it", "echo ready; read x");
      screen.await("ready");

      machine.text("kill", "-KILL", Long.toString(Running.firstProcess(process.pid())));

      assertThat(end(process)).isEqualTo(137);
      assertThat(screen.terminal().attributes()).isEqualTo(before);
    }
  }

  @Test
  void the_callers_terminal_is_restored_when_the_command_itself_is_killed() throws Exception {
    try (var screen = Screen.open()) {
      byte[] before = screen.terminal().attributes();
      var process = start(screen, "-it", "echo ready; read x");
      screen.await("ready");

      assertThat(end(process.destroyForcibly())).isEqualTo(137);

      machine.awaitNoProcess();
      assertThat(screen.terminal().attributes()).isEqualTo(before);
      assertThat(machine.jontainers("ps", "-aq").out()).isEmpty();
    }
  }

  @Test
  void without_t_a_program_sees_no_terminal_though_the_caller_has_one() throws Exception {
    try (var screen = Screen.open()) {
      var process = start(screen, "-i", "test -t 0 || test -t 1 || test -t 2 || echo none; cat");
      screen.await("none\r\n");

      screen.type("typed\r");
      assertThat(screen.await("typed\r\ntyped\r\n")).isNotEmpty();
      screen.type("\u0004");

      assertThat(end(process)).isZero();
    }
  }

  private Process start(Screen screen, String option, String script) throws IOException {
    return screen.run(
        machine.directory(), machine.command(Machine.runWords(option, "sh", "-c", script)));
  }

  private static int end(Process process) throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
    return process.exitValue();
  }
}
