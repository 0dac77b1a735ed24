package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The story of a container is told from the steps that make it.
@KernelTest
class ExplainTest {
  private static final Pattern STEP = Pattern.compile("^ *\\d+\\. (.*)  \\[[a-z-]+]$");

  @RegisterExtension final Machine machine = new Machine();

  @Test
  void a_dry_run_tells_the_steps_that_a_run_makes_and_makes_nothing() throws IOException {
    var run = machine.run("--explain", "--name", "aa", "--hostname", "b", "echo", "done");
    var dry =
        machine.run("--explain", "--dry-run", "--name", "aa", "--hostname", "b", "echo", "done");

    assertThat(run.out()).isEqualTo("done\n");
    assertThat(dry.errors()).isEmpty();
    assertThat(comparable(dry.out())).hasSizeGreaterThan(70).isEqualTo(comparable(run.errors()));
  }

  @Test
  void a_wall_that_is_left_out_keeps_nothing_out() throws IOException {
    String[] show = {"sh", "-c", "grep Seccomp: /proc/self/status; wc -c < /proc/interrupts"};

    assertThat(machine.run(show).lines()).containsExactly("Seccomp:\t2", "0");
    var without =
        machine.run(
            "--insecure-lesson",
            "--without",
            "load-seccomp",
            "--without",
            "mask-path",
            show[0],
            show[1],
            show[2]);
    assertThat(without.lines().getFirst()).isEqualTo("Seccomp:\t0");
    assertThat(without.lines().getLast()).isNotEqualTo("0");
    assertThat(machine.run("--insecure-lesson", "--without", "execute", "true").errors())
        .contains("\"execute\" is no wall", "load-seccomp");
  }

  private static List<String> comparable(String story) {
    return story
        .lines()
        .map(STEP::matcher)
        .filter(java.util.regex.Matcher::matches)
        .map(
            m -> m.group(1).replaceAll("[0-9a-f]{64}", "ID").replaceAll("/proc/self/fd/\\w+", "FD"))
        .toList();
  }
}
