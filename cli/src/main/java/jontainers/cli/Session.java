package jontainers.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import jontainers.linux.Fd;

/// Who asks: the standard streams, environment and working directory of one command.
///
/// Owns its descriptors. Confined to the command's thread, but for [#err], which is safe for any.
public record Session(
    Fd stdin, Fd stdout, Fd stderr, Map<String, String> environment, Path workingDirectory)
    implements AutoCloseable {
  public Session {
    environment = Map.copyOf(environment);
  }

  /// The session of this process itself.
  public static Session ofThisProcess() {
    return new Session(
        Fd.owning(0, "standard input"),
        Fd.owning(1, "standard output"),
        Fd.owning(2, "standard error"),
        System.getenv(),
        Path.of("").toAbsolutePath());
  }

  /// Return standard output for text; unbuffered lines, not to be closed.
  public PrintStream out() {
    return new PrintStream(new LentOutput(stdout), true, StandardCharsets.UTF_8);
  }

  /// Return standard error for text; unbuffered lines, not to be closed.
  public PrintStream err() {
    return new PrintStream(new LentOutput(stderr), true, StandardCharsets.UTF_8);
  }

  /// Resolve a path of the command line.
  public Path path(String text) {
    return workingDirectory.resolve(text).normalize();
  }

  @Override
  public void close() {
    stdin.close();
    stdout.close();
    stderr.close();
  }
}
