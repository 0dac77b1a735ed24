package jontainers.conformance;

import java.nio.file.Path;

/// The files of this repository.
final class Checkout {
  private static final Path TOP = Path.of("..").toAbsolutePath().normalize();

  private Checkout() {}

  static Path path(String relative) {
    return TOP.resolve(relative);
  }
}
