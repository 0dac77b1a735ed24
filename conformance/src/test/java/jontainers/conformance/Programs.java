package jontainers.conformance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/// Other people's programs on this machine.
final class Programs {
  private Programs() {}

  /// Return where a program is: a path, or a name in PATH.
  static Optional<Path> find(String program) {
    return Arrays.stream((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":"))
        .map(directory -> Path.of(directory).resolve(program))
        .filter(path -> Files.isExecutable(path) && !Files.isDirectory(path))
        .findFirst();
  }

  /// Skip a test on a machine without a program.
  static void need(String program, String debianPackage) {
    Assumptions.assumeTrue(
        find(program).isPresent(), "no " + program + ": install " + debianPackage);
  }
}
