package jontainers.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import jontainers.linux.SyscallException;
import jontainers.linux.Terminal;
import jontainers.linux.ThisProcess;

/// Ask who sits at the terminal of standard input.
final class Prompt {
  private static final int SIGNALLED = 128;

  private Prompt() {}

  /// Ask; the answer is empty where there is none.
  static String ask(Session session, String question) throws IOException {
    session.out().print(question);
    return line(session);
  }

  /// Ask, and show nothing of what is typed; the terminal gets its attributes back on every way
  /// out.
  static String askSecretly(Session session, String question) throws IOException {
    var terminal = Terminal.of(session.stdin());
    byte[] before = terminal.attributes();
    var heard = new AtomicInteger();
    try (var _ =
        EndingSignals.listen(signal -> {
          heard.set(signal.getNumber());
          end(session, terminal, before, heard);
        })) {
      try {
        terminal.hideInput();
        session.out().print(question);
        return line(session);
      } finally {
        end(session, terminal, before, heard);
      }
    }
  }

  /// Give the terminal back; a signal ends this process, whoever comes first here.
  private static void end(Session session, Terminal terminal, byte[] before, AtomicInteger heard) {
    restore(terminal, before);
    session.out().println();
    if (heard.get() != 0) {
      ThisProcess.exit(SIGNALLED + heard.get());
    }
  }

  private static void restore(Terminal terminal, byte[] attributes) {
    try {
      terminal.restore(attributes);
    } catch (SyscallException e) {
      // it is gone
    }
  }

  /// The terminal gives whole lines; no byte is read that belongs to the next one.
  private static String line(Session session) throws IOException {
    var line = new ByteArrayOutputStream();
    byte[] one = new byte[1];
    while (session.stdin().read(one, 0, 1) > 0 && one[0] != '\n') {
      line.write(one[0]);
    }
    return line.toString(StandardCharsets.UTF_8).strip();
  }
}
