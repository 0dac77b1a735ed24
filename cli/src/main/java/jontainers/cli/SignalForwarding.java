package jontainers.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import jontainers.engine.RunningContainer;
import jontainers.linux.SyscallException;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/// Pass signals that this process gets on to a container, until closed.
///
/// The JVM runs handlers on a thread of its own. SIGKILL, SIGSTOP and SIGQUIT cannot be caught;
/// those the JVM uses itself are left to it. The third SIGINT or SIGTERM kills the container, as
/// with `docker run`: a first process that handles neither would not end otherwise.
final class SignalForwarding implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("HUP", "INT", "TERM", "USR1", "USR2", "CONT", "ALRM", "PIPE", "TSTP", "URG", "IO");
  private static final int PATIENCE = 3;
  private static final int SIGKILL = 9;

  private record Replaced(Signal signal, SignalHandler handler) {}

  private final List<Replaced> replaced = new ArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();

  /// Begin forwarding.
  static SignalForwarding to(RunningContainer container) {
    var forwarding = new SignalForwarding();
    for (String name : NAMES) {
      forwarding.handle(name, signal -> forwarding.forward(container, signal));
    }
    return forwarding;
  }

  /// Begin to handle one more signal, such as WINCH.
  void handle(String name, SignalHandler handler) {
    try {
      var signal = new Signal(name);
      replaced.add(new Replaced(signal, Signal.handle(signal, handler)));
    } catch (IllegalArgumentException e) {
      // the JVM has it, or this machine has no such signal
    }
  }

  @Override
  public void close() {
    replaced.reversed().forEach(old -> Signal.handle(old.signal(), old.handler()));
  }

  private void forward(RunningContainer container, Signal signal) {
    boolean ends = signal.getName().equals("INT") || signal.getName().equals("TERM");
    boolean impatient = ends && asked.incrementAndGet() >= PATIENCE;
    try {
      container.signal(impatient ? SIGKILL : signal.getNumber());
    } catch (SyscallException e) {
      // it has ended
    }
  }
}
