package jontainers.cli.oci;

import java.io.IOException;
import java.util.Optional;
import jontainers.cli.CallerTerminal;
import jontainers.cli.HangUp;
import jontainers.cli.Session;
import jontainers.cli.SignalForwarding;
import jontainers.linux.Fd;
import jontainers.linux.Pidfd;
import jontainers.linux.Pump;
import jontainers.linux.SyscallException;
import jontainers.linux.Terminal;
import jontainers.oci.ConsoleSize;
import jontainers.oci.Process;
import jontainers.runtime.Launch;
import jontainers.runtime.StreamCopies;

/// Stay until a process has ended, which gets the signals of this one; with a terminal, copy
/// between it and the caller's.
///
/// @param terminal the master of the process's terminal, lent
/// @param copies of its streams, where it has no terminal
record Foreground(
    Session session,
    SignalForwarding signals,
    Optional<Fd> terminal,
    Optional<StreamCopies> copies) {

  /// Make what is needed between the caller's streams and a process's, if it has no terminal.
  static Optional<StreamCopies> copies(
      Session session, Process process, StreamCopies.Writers writers) throws SyscallException {
    return process.terminal()
        ? Optional.empty()
        : Optional.of(StreamCopies.of(streams(session), writers));
  }

  /// The caller's own streams.
  static Launch.Streams streams(Session session) {
    return new Launch.Streams(session.stdin(), session.stdout(), session.stderr());
  }

  /// Wait; return its exit code as a shell shows it.
  int await(Pidfd process) throws IOException {
    if (terminal.isEmpty()) {
      signals.to(process::sendSignal);
      int code = process.waitFor().shellCode();
      signals.to(_ -> copies.ifPresent(StreamCopies::giveUp));
      var lost = copies.flatMap(StreamCopies::await);
      signals.stop();
      if (lost.isPresent()) {
        throw lost.get();
      }
      return code;
    }
    var master = terminal.get();
    var caller = CallerTerminal.of(session, Terminal.isTerminal(session.stdin()));
    signals.abandonedWhen(HangUp.of(session));
    try (caller;
        var _ = HangUp.watch(session, process::sendSignal)) {
      caller.makeInputRaw(); // the process's terminal adds no carriage returns
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
