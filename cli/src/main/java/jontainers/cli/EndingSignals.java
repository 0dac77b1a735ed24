package jontainers.cli;

import java.util.ArrayList;
import java.util.List;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/// Hear of the signals that end a command (SIGHUP, SIGINT, SIGTERM), until closed.
///
/// What the caller has told this process to ignore stays ignored. Handlers run on threads of the
/// JVM.
final class EndingSignals implements AutoCloseable {
  private static final List<String> NAMES = List.of("HUP", "INT", "TERM");

  private record Replaced(Signal signal, SignalHandler handler) {}

  private final List<Replaced> replaced = new ArrayList<>();

  private EndingSignals() {}

  /// Begin to listen.
  static EndingSignals listen(SignalHandler handler) {
    var signals = new EndingSignals();
    for (String name : NAMES) {
      var signal = new Signal(name);
      var old = Signal.handle(signal, handler);
      if (old.equals(SignalHandler.SIG_IGN)) {
        var _ = Signal.handle(signal, old);
      } else {
        signals.replaced.add(new Replaced(signal, old));
      }
    }
    return signals;
  }

  /// End this process by a signal, as if nobody had listened.
  static void dieOf(Signal signal) {
    var _ = Signal.handle(signal, SignalHandler.SIG_DFL);
    Signal.raise(signal);
  }

  @Override
  public void close() {
    for (var one : replaced) {
      var _ = Signal.handle(one.signal, one.handler);
    }
  }
}
