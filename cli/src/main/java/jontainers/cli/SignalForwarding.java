package jontainers.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import jontainers.engine.EngineException;
import jontainers.linux.SyscallException;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/// Pass signals that this process gets on to a container, until closed.
///
/// It listens from before the container exists: a program can write its first line before its start
/// has returned, and whoever reads that line may send a signal at once. What comes too early is
/// kept and passed on when there is a container. What comes when the container has ended does not
/// disturb the clean-up, but it does end a long [#whileInterruptible] piece of work.
///
/// The JVM runs handlers on threads of its own. SIGKILL, SIGSTOP and SIGQUIT cannot be caught;
/// those the JVM uses itself are left to it. The third SIGINT or SIGTERM kills the container, as
/// with `docker run`: a first process that handles neither would not end otherwise. When there is
/// no container yet it ends this process, as if nobody had listened; where the terminal is gone
/// that everything was for, the first does, and SIGHUP, too.
public final class SignalForwarding implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("HUP", "INT", "TERM", "USR1", "USR2", "CONT", "ALRM", "PIPE", "TSTP", "URG", "IO");
  private static final int PATIENCE = 3;
  private static final int SIGKILL = 9;

  private record Replaced(Signal signal, SignalHandler handler) {}

  private final List<Replaced> replaced = new ArrayList<>();
  private final List<Integer> early = new ArrayList<>(); // guarded by this
  private Optional<Target> target = Optional.empty(); // guarded by this
  private int asked; // guarded by this
  private boolean interruptible; // guarded by this
  private BooleanSupplier abandoned = () -> false; // guarded by this

  private SignalForwarding() {}

  /// Begin to listen.
  public static SignalForwarding listen() {
    var forwarding = new SignalForwarding();
    for (String name : NAMES) {
      forwarding.handle(name, forwarding::forward);
    }
    return forwarding;
  }

  /// Pass on what has come, and from now on everything as it comes.
  public synchronized void to(Target container) {
    target = Optional.of(container);
    early.forEach(number -> send(container, number));
    early.clear();
  }

  /// Tell how to find out whether nobody waits for the container any more.
  public synchronized void abandonedWhen(BooleanSupplier gone) {
    abandoned = gone;
  }

  /// Drop what comes from now on: what it was meant for has ended.
  public synchronized void stop() {
    target = Optional.of(_ -> {});
  }

  /// Do something that the first SIGINT or SIGTERM ends together with this process.
  void whileInterruptible(Work work) throws EngineException, IOException {
    setInterruptible(true);
    try {
      work.run();
    } finally {
      setInterruptible(false);
    }
  }

  /// What gets the signals.
  public interface Target {
    void signal(int number) throws SyscallException;
  }

  /// Something long.
  interface Work {
    void run() throws EngineException, IOException;
  }

  /// Begin to handle one more signal, such as WINCH.
  public void handle(String name, SignalHandler handler) {
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

  private synchronized void forward(Signal signal) {
    boolean ends = signal.getName().equals("INT") || signal.getName().equals("TERM");
    boolean lost = (ends || signal.getName().equals("HUP")) && abandoned.getAsBoolean();
    boolean impatient = lost || (ends && ++asked >= PATIENCE);
    if (interruptible && ends) {
      end(signal);
    } else if (target.isPresent()) {
      send(target.get(), impatient ? SIGKILL : signal.getNumber());
    } else if (impatient) {
      end(signal);
    } else {
      early.add(signal.getNumber());
    }
  }

  private synchronized void setInterruptible(boolean value) {
    interruptible = value;
  }

  /// As if nobody had listened.
  private static void end(Signal signal) {
    Signal.handle(signal, SignalHandler.SIG_DFL);
    Signal.raise(signal);
  }

  private static void send(Target container, int number) {
    try {
      container.signal(number);
    } catch (SyscallException e) {
      // it has ended
    }
  }
}
