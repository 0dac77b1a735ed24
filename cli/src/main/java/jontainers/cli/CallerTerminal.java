package jontainers.cli;

import java.io.IOException;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.SyscallException;
import jontainers.linux.Terminal;
import jontainers.runtime.Launch;
import org.jspecify.annotations.Nullable;

/// The terminal that a command was called from, raw until closed.
///
/// Closing restores it; should this JVM be killed, the container's guard does.
public final class CallerTerminal implements AutoCloseable {
  private final Optional<Fd> fd;
  private byte @Nullable [] saved;

  private CallerTerminal(Optional<Fd> fd) {
    this.fd = fd;
  }

  /// Find the terminal: standard input when keys are passed on, else where output appears.
  public static CallerTerminal of(Session session, boolean interactive) {
    if (interactive) {
      return new CallerTerminal(Optional.of(session.stdin()));
    }
    return new CallerTerminal(
        Terminal.isTerminal(session.stdout()) ? Optional.of(session.stdout()) : Optional.empty());
  }

  /// Pass every key through, and all that is shown.
  public void makeRaw() throws IOException {
    if (fd.isPresent()) {
      var terminal = Terminal.of(fd.get());
      saved = terminal.attributes();
      terminal.makeRaw();
    }
  }

  /// Pass every key through; line ends are still made here.
  public void makeInputRaw() throws IOException {
    if (fd.isPresent()) {
      var terminal = Terminal.of(fd.get());
      saved = terminal.attributes();
      terminal.makeInputRaw();
    }
  }

  /// Return what the guard restores.
  Optional<Launch.CallerTerminal> toRestore() {
    byte[] attributes = saved;
    return attributes == null
        ? Optional.empty()
        : fd.map(open -> new Launch.CallerTerminal(open, attributes));
  }

  /// Return the window's size, where there is a window.
  public Optional<Terminal.Size> size() {
    if (fd.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Terminal.of(fd.get()).size());
    } catch (SyscallException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() throws IOException {
    byte[] attributes = saved;
    if (attributes != null && fd.isPresent()) {
      saved = null;
      try {
        Terminal.of(fd.get()).restore(attributes);
      } catch (SyscallException e) {
        if (e.errno() != Errno.EIO) { // it is gone
          throw e;
        }
      }
    }
  }
}
