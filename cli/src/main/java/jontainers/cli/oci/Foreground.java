package jontainers.cli.oci;

import java.io.IOException;
import java.util.Optional;
import jontainers.cli.CallerTerminal;
import jontainers.cli.HangUp;
import jontainers.cli.Pump;
import jontainers.cli.Session;
import jontainers.cli.SignalForwarding;
import jontainers.linux.Fd;
import jontainers.linux.Pidfd;
import jontainers.linux.SyscallException;
import jontainers.linux.Terminal;
import jontainers.oci.ConsoleSize;
import jontainers.oci.Process;

/// Stay until a process has ended, which gets the signals of this one; with a terminal, copy
/// between it and the caller's.
///
/// @param terminal the master of the process's terminal, lent
record Foreground(Session session, SignalForwarding signals, Optional<Fd> terminal) {

  /// Wait; return its exit code as a shell shows it.
  int await(Pidfd process) throws IOException {
    if (terminal.isEmpty()) {
      signals.to(process::sendSignal);
      int code = process.waitFor().shellCode();
      signals.stop();
      return code;
    }
    var master = terminal.get();
    var caller = CallerTerminal.of(session, Terminal.isTerminal(session.stdin()));
    signals.abandonedWhen(HangUp.of(session));
    try (caller;
        var _ = HangUp.watch(session, process::sendSignal)) {
      caller.makeRaw();
      follow(caller, master);
      signals.handle("WINCH", _ -> follow(caller, master));
      signals.to(process::sendSignal);
      var output = Pump.start("terminal output", master, session.stdout(), () -> {});
      Pump.start("terminal input", session.stdin(), master, () -> {});
      int code = process.waitFor().shellCode();
      signals.stop();
      output.await();
      return code;
    }
  }

  /// Give a process's terminal the size of the caller's, unless it has one.
  static Process sized(Session session, Process process) {
    if (!process.terminal() || process.consoleSize() != null) {
      return process;
    }
    var size = CallerTerminal.of(session, Terminal.isTerminal(session.stdin())).size();
    return size.isEmpty()
        ? process
        : process.withConsoleSize(new ConsoleSize(size.get().rows(), size.get().columns()));
  }

  private static void follow(CallerTerminal caller, Fd master) {
    var size = caller.size();
    if (size.isPresent() && size.get().rows() > 0) {
      try {
        Terminal.of(master).resize(size.get());
      } catch (SyscallException e) {
        // the process has ended
      }
    }
  }
}
