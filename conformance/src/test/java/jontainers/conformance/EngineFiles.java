package jontainers.conformance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The directory in which an engine keeps all it has while it runs containers on a runtime.
record EngineFiles(Subject subject, Path directory) {
  /// Make it, and become the parent of what the engine leaves.
  static EngineFiles of(Subject subject, String engine) throws IOException {
    assumeTrue(subject.executable().isPresent(), "no " + subject.label());
    Orphans.adopt();
    return new EngineFiles(subject, Files.createTempDirectory(Path.of("/run"), engine));
  }

  /// Write a configuration of examples/ there, with the runtime's path in it.
  Path example(String name) throws IOException {
    return Examples.copy(name, subject, directory);
  }

  /// Write the archive of an image there: [Image].
  Path image() throws IOException {
    return Image.archive(directory);
  }

  void remove() {
    Command.of("rm", "-rf", directory.toString()).run().succeeded();
  }
}
