package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The terminal goes away: what runs in it ends, and so does the command.
@KernelTest
class HangUpTest {
  /// Run a command on a terminal; when it has written "ready", take the terminal away and wait.
  private static final String LOSE =
      """
      import fcntl, os, pty, subprocess, sys, termios
      master, slave = pty.openpty()
      def session():
          os.setsid()
          if sys.argv[1] == 'controlling':
              fcntl.ioctl(0, termios.TIOCSCTTY, 0)
      process = subprocess.Popen(sys.argv[2:], stdin=slave, stdout=slave, stderr=slave,
                                 preexec_fn=session)
      os.close(slave)
      seen = b''
      while b'ready' not in seen:
          seen += os.read(master, 1000)
      os.close(master)
      try:
          print(process.wait(20))
      finally:
          process.kill()
      """;

  private static final String DEAF = "echo ready; exec sleep 600";

  @RegisterExtension private final Machine machine = new Machine();

  @Test
  void a_run_with_a_terminal_ends_with_it() throws IOException {
    assertThat(lost("controlling", "run", "-t")).isEqualTo("137");
    assertThat(lost("controlling", "run", "-i", "-t")).isEqualTo("137");
  }

  /// As under nohup(1), and of those who are in another session: no signal tells of it.
  @Test
  void a_run_ends_with_its_terminal_without_a_signal() throws IOException {
    assertThat(lost("other", "run", "-t")).isEqualTo("137");
    assertThat(lost("other", "run", "-i", "-t")).isEqualTo("137");
  }

  @Test
  void a_run_of_the_oci_command_ends_with_its_terminal_and_leaves_nothing() throws IOException {
    bundle();
    for (String session : List.of("controlling", "other")) {
      assertThat(oci(session, "run", "one")).isEqualTo("137");
      assertThat(machine.text("sh", "-c", ociCommand() + " list -q")).isEmpty();
    }
  }

  @Test
  void an_exec_ends_with_its_terminal_and_its_container_goes_on() throws IOException {
    bundle();
    machine.text(
        "sh",
        "-euc",
        "cd "
            + machine.directory()
            + "/fs; sed 's/\"terminal\": *true/\"terminal\":false/' config.json >c;"
            + " "
            + ociCommand()
            + " run -d --config c one </dev/null >out 2>&1");
    for (String session : List.of("controlling", "other")) {
      assertThat(oci(session, "exec", "-t", "one", "sh", "-c", DEAF))
          .as("SIGHUP is enough where it is not the first process")
          .isEqualTo("129");
    }
    assertThat(machine.text("sh", "-c", ociCommand() + " list -q")).isEqualTo("one");
    assertThat(machine.text("sh", "-c", ociCommand() + " ps one").lines()).hasSize(2);
    machine.text("sh", "-euc", ociCommand() + " delete --force one");
  }

  private String lost(String session, String... run) throws IOException {
    var words = new ArrayList<String>(List.of(run));
    words.addAll(List.of("--rm", "--network", "none", "--rootfs", "fs/orig", "sh", "-c", DEAF));
    return lose(session, machine.command(words.toArray(String[]::new)));
  }

  private String oci(String session, String verb, String... words) throws IOException {
    String line = ociCommand() + " " + verb;
    for (String word : words) {
      line += " '" + word + "'";
    }
    return lose(session, List.of("sh", "-c", "cd fs; exec " + line));
  }

  private String lose(String session, List<String> command) throws IOException {
    var all = new ArrayList<String>(List.of("python3", "-c", LOSE, session));
    all.addAll(command);
    return machine.text(all.toArray(String[]::new));
  }

  private void bundle() throws IOException {
    machine.text("mv", machine.rootfs().toString(), machine.directory() + "/fs/rootfs");
    String args = "\"sh\", \"-c\", \"" + DEAF + "\"";
    machine.text(
        "sh",
        "-euc",
        "cd fs; " + ociCommand() + " spec; sed -i 's/\"sh\"/" + args + "/' config.json");
  }

  private String ociCommand() {
    return Path.of("..").toAbsolutePath().normalize().resolve("bin/jontainers-oci")
        + " --root "
        + machine.directory()
        + "/oci";
  }
}
