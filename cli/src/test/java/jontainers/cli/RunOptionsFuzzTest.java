package jontainers.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jontainers.linux.Fd;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// Any command line of `run` is understood or refused in our words, and the program's own words
/// reach it as they are.
class RunOptionsFuzzTest {
  private static final Session SESSION =
      new Session(
          Fd.owning(0, "standard input"),
          Fd.owning(1, "standard output"),
          Fd.owning(2, "standard error"),
          Map.of("FROM_CALLER", "a"),
          Path.of("/work"));

  @Test
  void seeds_and_random_command_lines_are_understood_or_refused() throws Exception {
    Inputs.run(RunOptionsFuzzTest.class, "words", 8_000, this::words);
  }

  /// @param input the words, separated by NUL
  @FuzzTest
  void words(byte[] input) {
    var words = List.of(new String(input, UTF_8).split("\0", -1));
    try {
      var spec = RunCommand.containerSpec(SESSION, parse(words));
      int options = words.size() - spec.command().size();
      assertThat(words.subList(options, words.size())).isEqualTo(spec.command());
    } catch (UsageException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContain("picocli", "Exception");
    }
    theProgramsWordsAreItsOwn(words);
    aValueIsTakenAsItIs(words.getFirst());
  }

  private static void theProgramsWordsAreItsOwn(List<String> words) {
    var line = new ArrayList<>(List.of("--rm", "host", "program"));
    line.addAll(words);
    assertThat(understood(line).command()).isEqualTo(line.subList(2, line.size()));
  }

  /// But for two dashes, which end the options for picocli, wherever they stand.
  private static void aValueIsTakenAsItIs(String value) {
    assertThat(understood(List.of("-e", "A=" + value, "host", "x")).environment())
        .containsExactly("A=" + value);
    if (!value.equals("--")) {
      assertThat(understood(List.of("--name=" + value, "host", "x")).name()).contains(value);
    }
  }

  private static jontainers.engine.ContainerSpec understood(List<String> words) {
    try {
      return RunCommand.containerSpec(SESSION, parse(words));
    } catch (UsageException e) {
      throw new AssertionError(words + " is refused", e);
    }
  }

  private static picocli.CommandLine.ParseResult parse(List<String> words) throws UsageException {
    return CommandParser.parse(new RunCommand().spec(), words);
  }
}
