package jontainers.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The lines of README.md between the marks, compiled and run; [ReadmeTest] compares them.
@KernelTest
class ReadmeSnippetTest {
  @TempDir Path directory;

  @Test
  void the_snippet_of_the_readme_says_hello() throws EngineException {
    var root = directory.resolve("state");
    var screen = System.out;
    var written = new ByteArrayOutputStream();
    System.setOut(new PrintStream(written, true, UTF_8));
    try {
      // begin
      try (var engine = Engine.open(root)) {
        var hello = ContainerSpec.of(RootImage.host(), "echo", "hello").autoRemove().build();
        System.out.print(engine.run(hello).output());
      }
      // end
      try (var engine = Engine.open(root)) {
        engine.releaseNetwork(Engine.WhileRunning.REFUSE);
      }
    } finally {
      System.setOut(screen);
    }

    assertThat(written.toString(UTF_8)).isEqualTo("hello\n");
  }
}
