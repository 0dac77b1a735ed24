package jontainers.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The configuration files that docs/ shows, with another runtime's path in them.
final class Examples {
  private static final String INSTALLED = "/usr/local/bin/jontainers-oci";

  private Examples() {}

  /// Write one to a directory.
  static Path copy(String name, Subject subject, Path directory) throws IOException {
    String text = Files.readString(Checkout.path("examples/" + name));
    if (!text.contains(INSTALLED)) {
      throw new AssertionError(name + " does not name " + INSTALLED);
    }
    return Files.writeString(
        directory.resolve(Path.of(name).getFileName()),
        text.replace(INSTALLED, subject.executable().orElseThrow().toString()));
  }
}
