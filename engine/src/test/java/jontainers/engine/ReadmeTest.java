package jontainers.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {
  private static final Path COMPILED =
      Path.of("src/test/java/jontainers/engine/ReadmeSnippetTest.java");

  @Test
  void the_snippet_of_the_readme_is_the_one_that_is_compiled() throws IOException {
    String source = Files.readString(COMPILED);
    int begin = source.indexOf("// begin\n") + "// begin\n".length();
    String lines = source.substring(begin, source.indexOf("// end"));

    assertThat(Files.readString(Path.of("../README.md")))
        .contains(lines.stripTrailing().stripIndent());
  }
}
