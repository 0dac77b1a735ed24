package jontainers.cli;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import jontainers.testkit.Links;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whenever a command is killed, the next one releases all that it held.
@KernelTest
@SuppressWarnings("try") // a command is killed by closing it
class CrashTest {
  private static final String[] RUN = {
    "run", "--rm", "--trace", "--name", "web", "--rootfs", "fs/orig", "sh", "-c", "echo up; cat"
  };

  @RegisterExtension final Machine machine = new Machine();

  /// The trace shows each call as it is made: its lines are moments of the start.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "# ",
        "close_range(",
        "clone3(",
        "setns(",
        "unshare(",
        "mount(\"overlay\"",
        "pivot_root(",
        "move_mount(",
        "umount2(",
        "prctl(",
        "seccomp(",
        "capset(",
        "execve(",
      })
  void a_command_that_is_killed_while_it_starts_leaves_nothing(String moment) throws IOException {
    machine.jontainers("start");
    var process = machine.startJontainers(RUN);
    try (var run = new Running(process);
        var trace = process.errorReader()) {
      assertThat(trace.lines()).anyMatch(line -> line.startsWith(moment));
      run.close();
    }

    everythingIsReleased();
  }

  @Test
  void a_command_that_is_killed_at_once_leaves_nothing() throws IOException {
    var process = machine.startJontainers(RUN);
    new Running(process).close();

    everythingIsReleased();
  }

  @ParameterizedTest
  @ValueSource(strings = {"containers", "names", "network/bridge/addresses"})
  void a_command_that_is_killed_once_it_holds_something_leaves_nothing(String directory)
      throws Exception {
    machine.jontainers("start");
    var watched = machine.root().resolve(directory);
    try (var events = watched.getFileSystem().newWatchService()) {
      watched.register(events, ENTRY_CREATE);
      try (var run = new Running(machine.startJontainers(RUN))) {
        assertThat(events.poll(60, TimeUnit.SECONDS)).isNotNull();
        run.close();
      }
    }

    everythingIsReleased();
  }

  @ParameterizedTest
  @ValueSource(strings = {"network", "network/bridge"})
  void a_start_that_is_killed_is_completed_by_the_next_and_taken_away(String directory)
      throws Exception {
    var forwarding = Path.of("/proc/sys/net/ipv4/ip_forward");
    String before = Files.readAllLines(forwarding).getFirst();
    machine.jontainers("ps");
    var watched = Files.createDirectories(machine.root().resolve(directory));
    try (var events = watched.getFileSystem().newWatchService()) {
      watched.register(events, ENTRY_CREATE);
      try (var start = new Running(machine.startJontainers("start"))) {
        assertThat(events.poll(60, TimeUnit.SECONDS)).isNotNull();
        start.close();
      }
    }

    assertThat(machine.jontainers("start").errors()).isEmpty();
    assertThat(machine.jontainers("stop").errors()).isEmpty();
    assertThat(Links.names()).doesNotContain("jontainers0");
    assertThat(Files.readAllLines(forwarding)).containsExactly(before);
    assertThat(machine.text("nft", "list", "ruleset")).doesNotContain("jontainers");
  }

  @Test
  @InVm
  void a_kept_container_whose_command_was_killed_has_exited() throws IOException {
    try (var run =
        new Running(
            machine.startJontainers(
                "run", "-i", "--name", "web", "--rootfs", "fs/orig", "sh", "-c", "echo up; cat"))) {
      run.await("up");
      run.close();
    }

    assertThat(machine.jontainers("ps").lines()).hasSize(1);
    assertThat(machine.jontainers("ps", "-a").lines().get(1)).contains("Exited (137)", "web");
    machine.awaitNoProcess();
    assertThat(machine.leftovers()).isEmpty();
    assertThat(machine.jontainers("rm", "web").code()).isZero();
  }

  /// The next command releases; the one after it has the same name and the same address.
  private void everythingIsReleased() throws IOException {
    var listed = machine.jontainers("ps", "-aq");
    assertThat(listed.errors() + listed.out()).isEmpty();
    machine.awaitNoProcess();
    assertThat(machine.leftovers()).isEmpty();
    var next =
        machine.jontainers(
            "run",
            "--rm",
            "--name",
            "web",
            "--rootfs",
            "fs/orig",
            "ip",
            "-o",
            "-4",
            "addr",
            "show",
            "eth0");
    assertThat(next.errors()).isEmpty();
    assertThat(next.out()).contains("inet 172.19.80.2/24");
  }
}
