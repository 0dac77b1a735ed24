package jontainers.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.linux.Terminal;
import jontainers.linux.ThisProcess;

/// Who asks: the standard streams, environment and working directory of one command.
///
/// Arguments, variables and paths are the bytes that they are, whatever the locale ([RawText]).
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
        ThisProcess.environment(),
        ThisProcess.workingDirectory());
  }

  /// Return standard output for text; unbuffered lines, not to be closed.
  ///
  /// On a terminal only what is printable gets through, elsewhere every byte.
  public PrintStream out() {
    var out = new LentOutput(stdout);
    return text(Terminal.isTerminal(stdout) ? new VisibleOutput(out) : out);
  }

  /// Return standard error for text, of which only what is printable gets through; unbuffered
  /// lines, not to be closed.
  public PrintStream err() {
    return text(new VisibleOutput(new LentOutput(stderr)));
  }

  private static PrintStream text(OutputStream out) {
    return new RawTextStream(out);
  }

  /// Resolve a path of the command line.
  public Path path(String text) {
    return workingDirectory.resolve(RawText.path(text)).normalize();
  }

  @Override
  public void close() {
    stdin.close();
    stdout.close();
    stderr.close();
  }
}
