package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// In a cgroup that was delegated, as systemd does with `Delegate=yes`, containers stay below it.
@KernelTest
@InVm
class DelegationTest {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final String UNIT = "jontainers-test.service";
  private static final String USER = "4321";
  private static final Path CGROUP = ROOT.resolve(UNIT);

  @RegisterExtension final Machine machine = new Machine();

  @BeforeEach
  void aUnit() throws IOException {
    assumeTrue(
        Files.exists(ROOT.resolve("cgroup.controllers")), "no cgroup version 2 alone: see bin/vm");
    Files.writeString(ROOT.resolve("cgroup.subtree_control"), "+memory +pids");
    Files.createDirectory(CGROUP);
  }

  @AfterEach
  void noUnit() throws IOException {
    if (Files.exists(CGROUP)) {
      machine.text("find", CGROUP.toString(), "-depth", "-type", "d", "-delete");
    }
  }

  private void delegate() throws IOException {
    machine.text("setfattr", "-n", "trusted.delegate", "-v", "1", CGROUP.toString());
  }

  /// Return the words that run something in the unit's cgroup.
  private static String[] inUnit(Stream<String> words) {
    return Stream.concat(
            Stream.of("sh", "-c", "echo 0 > " + CGROUP + "/cgroup.procs; \"$@\"", "sh"), words)
        .toArray(String[]::new);
  }

  private Running begin(String script) throws IOException {
    var words =
        Machine.runWords("-i", "-m", "64m", "--pids-limit", "20", "sh", "-c", script + "; read x");
    return new Running(
        new ProcessBuilder(inUnit(machine.command(words).stream()))
            .directory(machine.directory().toFile())
            .start());
  }

  @Test
  void containers_and_their_limits_are_below_it_and_the_engine_is_in_its_leaf() throws IOException {
    delegate();

    try (var run = begin("cat /proc/self/cgroup; cat /sys/fs/cgroup/memory.max")) {
      assertThat(run.line()).isEqualTo("0::/");
      assertThat(run.line()).isEqualTo("67108864");
      assertThat(cgroups()).allMatch(cgroup -> cgroup.matches("jontainers(-engine|/[0-9a-f]+)"));
      assertThat(cgroups()).contains("jontainers-engine").hasSize(2);
      assertThat(Files.readString(CGROUP.resolve("cgroup.procs"))).isEmpty();
      run.type("");
      assertThat(run.end()).isZero();
    }
    assertThat(directories(CGROUP.resolve("jontainers"))).hasSize(1);
  }

  /// Two commands of one unit: the first moves the shell, too, so the second begins in the leaf.
  @Test
  void the_next_command_of_the_same_shell_finds_it_again() throws IOException {
    delegate();
    String command =
        String.join(
            " ", machine.command(Machine.runWords("-m", "64m", "true")).toArray(String[]::new));
    var script = command + " && cat /proc/self/cgroup && " + command + " && echo twice";

    var run = machine.program(inUnit(Stream.of("sh", "-c", script)));

    assertThat(run.errors()).isEmpty();
    assertThat(run.lines()).containsSubsequence("twice");
    assertThat(run.out()).contains(UNIT + "/jontainers-engine");
    assertThat(Files.isDirectory(CGROUP.resolve("jontainers"))).isTrue();
  }

  @Test
  void a_user_whose_cgroup_it_is_has_limits_without_root() throws IOException {
    for (var own : List.of(CGROUP, machine.directory())) {
      machine.text("chown", "-R", USER + ":" + USER, own.toString());
    }
    var user =
        List.of(
            "setpriv",
            "--reuid",
            USER,
            "--regid",
            USER,
            "--clear-groups",
            "env",
            "HOME=" + machine.directory());
    var command =
        machine.command(Machine.runWords("-m", "64m", "cat", "/sys/fs/cgroup/memory.max"));

    var run = machine.program(inUnit(Stream.concat(user.stream(), command.stream())));

    assertThat(run.errors()).isEmpty();
    assertThat(run.lines()).containsExactly("67108864");
  }

  @Test
  void a_cgroup_that_was_not_delegated_is_left_as_it_is() throws IOException {
    try (var run = begin("echo here")) {
      run.await("here");

      assertThat(cgroups()).containsExactly("");
      assertThat(Files.readString(CGROUP.resolve("cgroup.subtree_control"))).isBlank();
      run.type("");
      assertThat(run.end()).isZero();
    }
  }

  /// Return the cgroups at and below the unit that have processes.
  private static List<String> cgroups() throws IOException {
    var found = new ArrayList<String>();
    for (var directory : directories(CGROUP)) {
      if (!Files.readString(directory.resolve("cgroup.procs")).isEmpty()) {
        found.add(CGROUP.relativize(directory).toString());
      }
    }
    return found;
  }

  /// Return a cgroup and those below it.
  private static List<Path> directories(Path cgroup) throws IOException {
    try (var all = Files.walk(cgroup)) {
      return all.filter(Files::isDirectory).toList();
    }
  }
}
