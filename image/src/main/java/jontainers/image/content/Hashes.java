package jontainers.image.content;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import jontainers.oci.Digest;

/// Compute digests of files.
final class Hashes {
  private static final int PIECE = 1 << 16;

  private Hashes() {}

  static Digest of(Path file, Digest.Algorithm algorithm) throws IOException {
    var computation = algorithm.computation();
    add(file, computation);
    return Digest.of(algorithm, computation);
  }

  /// Add all bytes of a file to a computation.
  static void add(Path file, MessageDigest computation) throws IOException {
    byte[] piece = new byte[PIECE];
    try (var in = Files.newInputStream(file)) {
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        computation.update(piece, 0, count);
      }
    }
  }
}
