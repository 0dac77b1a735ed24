package jontainers.engine;

import java.nio.charset.StandardCharsets;

/// What came of a container that ran to its end.
///
/// @param exitCode as a shell shows it: the program's own, or 128 plus the signal that ended it
/// @param stdout all it wrote there
/// @param stderr all it wrote there
public record RunResult(int exitCode, byte[] stdout, byte[] stderr) {
  /// Return what was written to standard output, in UTF-8.
  public String output() {
    return new String(stdout, StandardCharsets.UTF_8);
  }

  /// Return what was written to standard error, in UTF-8.
  public String errors() {
    return new String(stderr, StandardCharsets.UTF_8);
  }
}
