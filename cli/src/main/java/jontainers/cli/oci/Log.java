package jontainers.cli.oci;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jontainers.cli.Session;
import jontainers.cli.VisibleText;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;
import jontainers.linux.UntrustedDirectoryException;
import jontainers.runtime.StartException;

/// Tell failures where callers of runtimes look for them: in the file of `--log`, a line each, and
/// on standard error.
final class Log {
  private final Session session;
  private final Optional<Path> file;
  private final boolean json;
  private final boolean debug;

  /// Open it: the file is there from now on.
  ///
  /// @throws FlagException where the file cannot be opened
  static Log open(Session session, Flags flags) throws FlagException {
    var log = new Log(session, flags);
    if (log.file.isPresent()) {
      try {
        log.append(log.file.get(), "");
      } catch (SyscallException e) {
        throw new FlagException("open " + RawText.of(log.file.get()) + ": " + e.errno().text());
      }
    }
    return log;
  }

  /// A log that is standard error.
  static Log ofErrors(Session session) {
    return new Log(session, new Flags(Map.of(), List.of()));
  }

  private Log(Session session, Flags flags) {
    this.session = session;
    this.file = flags.value("log").filter(name -> !name.isEmpty()).map(session::path);
    this.json = flags.value("log-format").filter("json"::equals).isPresent();
    this.debug = flags.has("debug");
  }

  void error(String message) {
    write("error", message);
    if (file.isPresent()) {
      session.err().println(VisibleText.line(message));
    }
  }

  void error(String message, Throwable failure) {
    error(message);
    if (failure instanceof StartException start) {
      start.hint().ifPresent(hint -> session.err().println("hint: " + VisibleText.line(hint)));
    }
    if (failure instanceof UntrustedDirectoryException untrusted) {
      session.err().println("hint: " + untrusted.hint());
    }
    if (debug) {
      failure.printStackTrace(session.err());
    }
  }

  void warning(String message) {
    write("warning", message);
  }

  void debug(String message) {
    if (debug) {
      write("debug", message);
    }
  }

  private void write(String level, String message) {
    String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    String line =
        json
            ? "{\"level\":\""
                + level
                + "\",\"msg\":"
                + JsonText.quoted(message)
                + ",\"time\":\""
                + time
                + "\"}"
            : "time=\"" + time + "\" level=" + level + " msg=" + JsonText.quoted(message);
    if (file.isEmpty()) {
      session.err().println(line);
      return;
    }
    try {
      append(file.get(), line + "\n");
    } catch (SyscallException e) {
      session.err().println(line);
    }
  }

  private void append(Path path, String text) throws SyscallException {
    try (var fd = Fd.open(path, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_APPEND, 0644)) {
      fd.write(RawText.encode(text));
    }
  }
}
