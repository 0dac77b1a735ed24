package jontainers.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// Files beside the test classes.
final class Resources {
  private Resources() {}

  static String text(String name) {
    try (var stream = Resources.class.getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Write one to a directory, executable.
  static Path copy(String name, Path directory) throws IOException {
    var file = Files.writeString(directory.resolve(name), text(name));
    if (!file.toFile().setExecutable(true, false)) {
      throw new IOException("cannot make executable: " + file);
    }
    return file;
  }
}
