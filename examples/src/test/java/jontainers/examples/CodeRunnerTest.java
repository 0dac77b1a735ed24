package jontainers.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What snippets can do, and what they cannot.
@KernelTest
class CodeRunnerTest {
  @TempDir Path directory;

  @Test
  void a_snippet_answers_what_it_reads() throws Exception {
    assertThat(said("read n; echo $((n * 7))", "6\n")).isEqualTo("42\nok\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exit 3                                     | exit code 3",
        "while :; do :; done                        | out of time",
        "sleep 1000                                 | out of time",
        "x=x; while :; do x=$x$x; done              | out of memory",
        "while :; do echo more; done                | too much output",
      })
  void a_snippet_that_wants_too_much_is_ended(String code, String verdict) throws Exception {
    assertThat(said(code, "")).endsWith(verdict + "\n");
  }

  /// The loop ends when no process can be made, and with it all others.
  @Test
  void a_snippet_that_multiplies_is_ended_with_all_that_it_made() throws Exception {
    assertThat(said("f() { f | f & }; f; sleep 1000", "")).doesNotEndWith("ok\n");
  }

  @Test
  void a_snippet_is_nobody_alone() throws Exception {
    String secret = Files.writeString(directory.resolve("secret"), "x").toString();
    String code =
        "id -u; grep CapBnd /proc/self/status; ls /sys/class/net; echo > /etc/x; cat /root/x "
            + secret
            + "; echo y > /tmp/x && cat /tmp/x";

    assertThat(said(code, "").lines())
        .containsExactly("65534", "CapBnd:\t0000000000000000", "lo", "y", "ok");
  }

  private String said(String code, String input) throws Exception {
    var out = new ByteArrayOutputStream();
    CodeRunner.run(
        List.of(directory.resolve("state").toString(), "sh", code),
        new ByteArrayInputStream(input.getBytes(UTF_8)),
        new PrintStream(out, true, UTF_8),
        new PrintStream(new ByteArrayOutputStream(), true, UTF_8));
    return out.toString(UTF_8);
  }
}
