package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Keys that leave a container: it runs on without the command, which ends with 0.
@KernelTest
class DetachTest {
  private static final String KEYS = "\u0010\u0011";

  @RegisterExtension final Machine machine = new Machine();

  @Test
  void a_container_runs_on_and_its_exit_code_is_not_lost() throws Exception {
    try (var screen = Screen.open()) {
      byte[] before = screen.terminal().attributes();
      var process =
          start(
              screen, "--name", "left", "-it", "trap 'exit 7' TERM; echo ready; sleep 1000 & wait");
      screen.await("ready\r\n");

      screen.type(KEYS);

      assertThat(end(process)).isZero();
      assertThat(screen.terminal().attributes()).isEqualTo(before);
      assertThat(machine.jontainers("ps").out()).contains("Up ", "left");
      assertThat(machine.jontainers("rm", "left").errors()).contains("container is running");
      assertThat(keepers()).hasSize(1);
      assertThat(residentBytes(keepers().getFirst())).isLessThan(150_000);

      terminate("left");

      machine.awaitNoProcess();
      assertThat(machine.jontainers("ps", "-a").out()).contains("Exited (7)");
      assertThat(machine.jontainers("rm", "left").code()).isZero();
    }
  }

  @Test
  void what_it_writes_never_waits_for_a_reader() throws Exception {
    try (var screen = Screen.open()) {
      var process =
          start(
              screen,
              "--name",
              "writer",
              "-it",
              "echo ready; trap : TERM; sleep 1000 & wait; i=0;"
                  + " while [ $i -lt 2000 ]; do echo a line that nobody is going to read; i=$((i+1)); done;"
                  + " exec < /dev/null > /dev/null 2>&1; exit 9");
      screen.await("ready\r\n");
      screen.type(KEYS);
      assertThat(end(process)).isZero();

      terminate("writer");

      machine.awaitNoProcess();
      assertThat(machine.jontainers("ps", "-a").out()).contains("Exited (9)");
      assertThat(machine.jontainers("rm", "writer").code()).isZero();
    }
  }

  @Test
  void a_keeper_sleeps_when_the_program_has_closed_its_terminal() throws Exception {
    try (var screen = Screen.open()) {
      var process =
          start(
              screen,
              "--name",
              "daemon",
              "-it",
              "echo ready; read x; exec sleep 1000 < /dev/null > /dev/null 2>&1");
      screen.await("ready\r\n");
      screen.type("\r" + KEYS);
      assertThat(end(process)).isZero();
      long keeper = keepers().getFirst();

      long before = ticks(keeper);
      TimeUnit.SECONDS.sleep(1); // what is looked for is that nothing happens

      assertThat(ticks(keeper) - before).isLessThan(5);
      assertThat(machine.jontainers("rm", "--force", "daemon").code()).isZero();
      machine.awaitNoProcess();
    }
  }

  @Test
  void nothing_is_left_of_a_detached_container_that_is_to_be_removed() throws Exception {
    try (var screen = Screen.open()) {
      var process = start(screen, "--name", "gone", "--rm", "-it", "echo ready; read x");
      screen.await("ready\r\n");
      screen.type(KEYS);
      assertThat(end(process)).isZero();

      assertThat(machine.jontainers("rm", "--force", "gone").code()).isZero();

      machine.awaitNoProcess();
      assertThat(machine.jontainers("ps", "-aq").out()).isEmpty();
    }
  }

  @Test
  void a_detached_container_keeps_its_network_until_it_ends() throws Exception {
    try (var screen = Screen.open()) {
      var process =
          screen.run(
              machine.directory(),
              machine.command(
                  "run",
                  "--rm",
                  "--name",
                  "linked",
                  "-it",
                  "--rootfs",
                  "fs/orig",
                  "sh",
                  "-c",
                  "hostname -i; read x"));
      String address = screen.await("\r\n").strip();
      screen.type(KEYS);
      assertThat(end(process)).isZero();

      assertThat(machine.jontainers("ps").out()).contains("linked");
      assertThat(machine.program("ping", "-c1", "-W5", address).code()).isZero();
      assertThat(machine.jontainers("stop").errors()).contains("container linked is running");

      assertThat(machine.jontainers("stop", "--force").code()).isZero();
      machine.awaitNoProcess();
    }
  }

  @Test
  void other_keys_detach_when_asked_for_and_the_usual_ones_are_passed_on() throws Exception {
    try (var screen = Screen.open()) {
      var process =
          screen.run(
              machine.directory(),
              machine.command(
                  Machine.runWords(
                      "--name",
                      "other",
                      "--detach-keys",
                      "ctrl-x,x",
                      "-it",
                      "sh",
                      "-c",
                      "stty raw -echo; echo ready; dd bs=1 count=3 2>/dev/null | od -An -tx1; read y")));
      screen.await("ready");

      screen.type(KEYS + "a");
      screen.await("10 11 61");
      screen.type("\u0018x");

      assertThat(end(process)).isZero();
      assertThat(machine.jontainers("ps").out()).contains("other");
      assertThat(machine.jontainers("rm", "-f", "other").code()).isZero();
      machine.awaitNoProcess();
    }
  }

  @Test
  void a_container_whose_keeper_was_killed_is_ended_by_the_next_command() throws Exception {
    try (var screen = Screen.open()) {
      var process = start(screen, "--name", "orphan", "-it", "echo ready; read x");
      screen.await("ready\r\n");
      screen.type(KEYS);
      assertThat(end(process)).isZero();

      machine.text("kill", "-KILL", Long.toString(keepers().getFirst()));

      assertThat(machine.jontainers("ps", "-a").out()).contains("orphan").contains("Exited (255)");
      machine.awaitNoProcess();
      assertThat(machine.jontainers("rm", "orphan").code()).isZero();
    }
  }

  /// At whatever moment: it is guarded and gone, or kept and known, and never without an owner.
  @Test
  void a_command_that_is_killed_while_it_detaches_leaves_no_container_without_an_owner()
      throws Exception {
    var random = new Random(1);
    int kept = 0;
    for (int round = 0; round < 20; round++) {
      try (var screen = Screen.open()) {
        var process = start(screen, "--name", "torn", "--rm", "-it", "echo ready; read x");
        screen.await("ready\r\n");
        screen.type(KEYS);
        TimeUnit.MICROSECONDS.sleep(random.nextInt(8000)); // the moment is what is drawn
        process.destroyForcibly();
        end(process);
      }
      if (machine.jontainers("ps", "-q").lines().isEmpty()) {
        machine.awaitNoProcess();
      } else {
        kept++;
        assertThat(keepers()).hasSize(1);
        assertThat(machine.jontainers("rm", "--force", "torn").code()).isZero();
        machine.awaitNoProcess();
      }
      assertThat(machine.jontainers("ps", "-aq").out()).isEmpty();
    }
    assertThat(kept).as("both happen").isBetween(1, 19);
  }

  @Test
  void who_exports_does_not_detach() throws Exception {
    var outcome =
        machine.jontainers(
            "run", "--export", "x.tar", "--detach-keys", "a", "--rootfs", "fs/orig", "true");

    assertThat(outcome.code()).isEqualTo(125);
    assertThat(outcome.errors()).contains("--detach-keys and --export exclude each other");
  }

  private Process start(Screen screen, String... optionsAndScript) throws IOException {
    var words = new ArrayList<>(List.of("run", "--network", "none", "--rootfs", "fs/orig"));
    words.addAll(List.of(optionsAndScript));
    String script = words.removeLast();
    words.addAll(List.of("sh", "-c", script));
    return screen.run(machine.directory(), machine.command(words.toArray(String[]::new)));
  }

  private void terminate(String name) throws IOException {
    var id = Files.readSymbolicLink(machine.root().resolve("names").resolve(name));
    var pid =
        Files.readSymbolicLink(machine.root().resolve("containers").resolve(id).resolve("running"));
    machine.text("kill", "-TERM", pid.toString());
  }

  private List<Long> keepers() throws IOException {
    return machine.processes().stream()
        .filter(process -> process.info().command().orElse("").contains("memfd:"))
        .map(ProcessHandle::pid)
        .toList();
  }

  private static long residentBytes(long pid) throws IOException {
    return 4096
        * Long.parseLong(Files.readString(Path.of("/proc/" + pid + "/statm")).split(" ")[1]);
  }

  /// How long a process has run, in hundredths of a second: proc(5), stat.
  private static long ticks(long pid) throws IOException {
    String[] fields =
        Files.readString(Path.of("/proc/" + pid + "/stat")).replaceFirst(".*\\) ", "").split(" ");
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  private static int end(Process process) throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
    return process.exitValue();
  }
}
