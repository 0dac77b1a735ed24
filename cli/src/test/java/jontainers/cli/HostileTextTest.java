package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What images and containers call themselves does nothing to the terminal of who looks at them.
@KernelTest
class HostileTextTest {
  private static final String CLEAR = "\033[2J";
  private static final String HOSTILE = CLEAR + "\u009b6n\u202e\nforged line\ttab";

  @RegisterExtension final Machine machine = new Machine();

  @BeforeEach
  void image() throws IOException {
    machine.program("tar", "-C", "fs/orig", "-cf", "rootfs.tar", ".");
    ok("import", "-m", HOSTILE, "-c", "LABEL a='" + CLEAR + "ü'", "rootfs.tar", "hostile");
  }

  private Machine.Outcome ok(String... arguments) throws IOException {
    var outcome = machine.jontainers(arguments);
    assertThat(outcome.code()).as(List.of(arguments) + ": " + outcome.errors()).isZero();
    return outcome;
  }

  private static void assertHarmless(String text) {
    assertThat(text.replace("\n", "")).matches("[\\x20-\\x7eü…]*");
    assertThat(text.lines()).noneMatch(line -> line.startsWith("forged"));
  }

  @Test
  void the_history_of_an_image_is_a_line_for_each_step() throws Exception {
    for (String option :
        List.of(
            "--no-trunc",
            "--human=true",
            "--format=json",
            "--format=table {{.Comment}}\\t{{.Size}}")) {
      var history = ok("history", option, "hostile").out();

      assertHarmless(history);
      assertThat(history).contains("forged line");
    }
  }

  @Test
  void a_container_is_a_line_of_ps() throws Exception {
    ok("run", "--name", "one", "--network", "none", "hostile", "echo", HOSTILE);

    var lines = ok("ps", "-a").lines();

    assertThat(lines).hasSize(2);
    lines.forEach(HostileTextTest::assertHarmless);
    assertThat(lines.getLast()).contains("\"echo \\x1b[2J\\u009b6n\\u202e\\nforge…\"");
  }

  @Test
  void inspect_is_true_to_the_byte_for_a_script_and_harmless_on_a_terminal() throws Exception {
    String format = "{{.Config.Labels.a}}";
    assertThat(ok("inspect", "-f", format, "hostile").out()).isEqualTo(CLEAR + "ü\n");
    assertHarmless(ok("inspect", "hostile").out());
    assertHarmless(ok("images").out());

    try (var screen = Screen.open()) {
      var command = machine.command("inspect", "-f", format + " end", "hostile");
      var process = screen.run(machine.directory(), command);

      assertThat(screen.await("end\r\n")).startsWith("\\x1b[2J").doesNotContain("\033");
      assertThat(process.waitFor()).isZero();
    }
  }

  @Test
  void an_error_is_quoted_and_has_no_line_of_others() throws Exception {
    var outcome = machine.jontainers("run", "--rm", "--network", "none", "hostile", "/x" + HOSTILE);

    assertThat(outcome.code()).isEqualTo(127);
    assertHarmless(outcome.errors());
    assertThat(outcome.errors().lines()).allMatch(line -> line.matches("(jontainers|hint): .*"));
    assertThat(outcome.errors()).contains("\\x1b[2J");
  }
}
