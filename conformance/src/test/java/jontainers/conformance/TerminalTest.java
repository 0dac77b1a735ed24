package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import jontainers.testkit.ConformanceTest;

/// config.md, Process: terminal and consoleSize; oci-cli: `--console-socket`.
@ConformanceTest
class TerminalTest {
  /// config#process: terminal: a pseudoterminal on the three streams
  @OnEachRuntime
  void the_streams_are_a_terminal(Container container) throws IOException {
    try (var console = Console.listen(container.bundle())) {
      container
          .set("process.terminal", true)
          .script(
              "tty; test -t 0 && test -t 1 && test -t 2 && echo all; ls -l /proc/$$/fd | grep -c pts")
          .create("--console-socket", console.socket())
          .start();

      assertThat(console.all()).isEqualTo("/dev/pts/0\nall\n3\n");
    }
  }

  /// config#process: consoleSize
  @OnEachRuntime
  void the_terminal_has_its_size(Container container) throws IOException {
    try (var console = Console.listen(container.bundle())) {
      container
          .set("process.terminal", true)
          .setObject("process.consoleSize", "height", 33, "width", 77)
          .script("stty size")
          .create("--console-socket", console.socket())
          .start();

      assertThat(console.all()).isEqualTo("33 77\n");
    }
  }

  /// It is the controlling terminal: what is typed becomes a signal.
  @OnEachRuntime
  void what_is_typed_arrives(Container container) throws IOException {
    try (var console = Console.listen(container.bundle())) {
      container
          .set("process.terminal", true)
          .script(
              "trap 'echo interrupted; exit 4' INT; read line; echo \"[$line]\"; echo ready; while :; do sleep 0.01; done")
          .create("--console-socket", console.socket())
          .start();
      int pid = container.pid();
      console.type("hello\n");
      console.await("[hello]");
      console.await("ready");

      console.type("\u0003");

      console.await("interrupted");
      assertThat(Orphans.await(pid)).isEqualTo(4);
    }
  }

  /// config-linux#default-devices: /dev/console is the terminal
  @OnEachRuntime(differs = "crun 1.28: another device")
  void the_console_is_the_terminal(Container container) throws IOException {
    try (var console = Console.listen(container.bundle())) {
      container
          .set("process.terminal", true)
          .script("echo text >/dev/console; stat -c '%t:%T' /dev/console")
          .create("--console-socket", console.socket())
          .start();

      assertThat(console.all()).isEqualTo("text\n88:0\n");
    }
  }

  /// The terminal belongs to the program's user.
  @OnEachRuntime
  void another_user_may_open_the_terminal(Container container) throws IOException {
    try (var console = Console.listen(container.bundle())) {
      container
          .set("process.terminal", true)
          .setObject("process.user", "uid", 1000, "gid", 1000)
          .script("stat -c %u /dev/pts/0; echo again >/dev/pts/0")
          .create("--console-socket", console.socket())
          .start();

      assertThat(console.all()).isEqualTo("1000\nagain\n");
    }
  }

  @OnEachRuntime
  void exec_has_a_terminal_of_its_own(Container container) throws IOException {
    container.up();
    try (var console = Console.listen(container.bundle())) {
      var pidFile = container.bundle().resolve("exec.pid");
      container
          .kept(
              container.executing(
                  List.of(
                      "--detach",
                      "--tty",
                      "--pid-file",
                      pidFile.toString(),
                      "--console-socket",
                      console.socket()),
                  "sh",
                  "-c",
                  "tty; stty size; read line; echo \"[$line]\"; exit 3"))
          .succeeded();
      console.await("/dev/pts/");
      console.type("hello\n");

      assertThat(console.all()).contains("[hello]");
      assertThat(Orphans.await(Long.parseLong(Files.readString(pidFile)))).isEqualTo(3);
    }
  }

  /// containerd: the process of exec is a file, with its terminal in it
  @OnEachRuntime
  void exec_takes_the_terminal_from_the_file(Container container) throws IOException {
    container.up();
    var process =
        Files.writeString(
            container.bundle().resolve("process.json"),
            Json.parse("{}")
                .set("terminal", true)
                .set("consoleSize", Json.object("height", 20, "width", 50))
                .set("args", List.of("sh", "-c", "tty; stty size"))
                .set("cwd", "/")
                .set("env", List.of("PATH=/bin"))
                .set("user", Json.object("uid", 0, "gid", 0))
                .toString());
    try (var console = Console.listen(container.bundle())) {
      container
          .kept(
              container.command(
                  "exec",
                  "--detach",
                  "--process",
                  process.toString(),
                  "--console-socket",
                  console.socket()))
          .succeeded();

      assertThat(console.all()).startsWith("/dev/pts/").endsWith("\n20 50\n");
    }
  }

  /// oci-cli: the text; crun says it, too, in other words
  @OnEachRuntime
  void a_terminal_needs_a_console_socket(Container container) {
    container.set("process.terminal", true).script("true");

    var created = container.creating().run();

    assertThat(created.code()).isEqualTo(1);
    assertThat(created.errors()).containsIgnoringCase("console");
  }

  @OnEachRuntime(differs = "crun 1.8, 1.28: other words")
  void the_error_without_a_console_socket_is_runcs(Container container) {
    container.set("process.terminal", true).script("true");

    assertThat(container.creating().run().errors())
        .contains("cannot allocate tty if runc will detach without setting console socket");
  }

  @OnEachRuntime(differs = "crun 1.8, 1.28: takes it")
  void a_console_socket_needs_a_terminal(Container container) throws IOException {
    try (var console = Console.listen(container.bundle())) {
      var created = container.tryCreate("--console-socket", console.socket());

      assertThat(created.code()).isEqualTo(1);
      assertThat(created.errors()).contains("console socket");
    }
  }

  @OnEachRuntime
  void a_console_socket_that_is_not_there_is_an_error(Container container) {
    container.set("process.terminal", true).script("true");

    assertThat(container.tryCreate("--console-socket", "/run/nonesuch.sock").code()).isEqualTo(1);
    assertThat(container.command("state").run().code()).isEqualTo(1);
  }

  /// `run` in the foreground: the caller's terminal, made here by script(1).
  @OnEachRuntime(differs = "crun 1.8, 1.28: the terminal is lost while stty asks for its size")
  void run_uses_the_callers_terminal(Container container) {
    Programs.need("script", "bsdutils");
    container.set("process.terminal", true).script("tty; stty size; exit 7");
    var words =
        String.join(" ", container.running().words().stream().map(w -> "'" + w + "'").toList());

    var run = Command.inTerminal("stty rows 21 cols 55; " + words).run();

    assertThat(run.out().replace("\r", "")).contains("/dev/pts/0\n21 55\n");
    assertThat(run.code()).isEqualTo(7);
  }
}
