package jontainers.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import jontainers.linux.Fd;
import jontainers.linux.Poll;
import jontainers.linux.Signal;
import jontainers.linux.SyscallException;
import jontainers.linux.Terminal;

/// End what runs in a terminal when the terminal of the caller is gone, until closed.
///
/// The kernel tells by SIGHUP, but only those whose controlling terminal it is, and a container's
/// first process is deaf to a signal that it does not handle (pid_namespaces(7)). So a thread of
/// its own, a daemon, waits for the hang-up itself. What runs gets SIGHUP and a moment to leave, as
/// everything does that loses its terminal, then SIGKILL.
public final class HangUp implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 2;

  private final CountDownLatch ended = new CountDownLatch(1);

  private HangUp() {}

  /// Begin to watch.
  public static HangUp watch(Session session, SignalForwarding.Target process) {
    var watch = new HangUp();
    terminal(session)
        .ifPresent(terminal ->
            Thread.ofPlatform()
                .name("terminal watch")
                .daemon()
                .start(() -> watch.end(terminal, process)));
    return watch;
  }

  /// Return what tells whether the terminal of the caller, if there is one now, is gone.
  public static BooleanSupplier of(Session session) {
    var terminal = terminal(session);
    return () -> terminal.isPresent() && !Terminal.isTerminal(terminal.get());
  }

  private static Optional<Fd> terminal(Session session) {
    return List.of(session.stdin(), session.stdout(), session.stderr()).stream()
        .filter(Terminal::isTerminal)
        .findFirst();
  }

  private void end(Fd terminal, SignalForwarding.Target process) {
    try {
      Poll.awaitHangUp(terminal);
      if (!isEnded(0)) {
        process.signal(Signal.SIGHUP.number());
      }
      if (!isEnded(PATIENCE_SECONDS)) {
        process.signal(Signal.SIGKILL.number());
      }
    } catch (SyscallException e) {
      // it has ended
    }
  }

  private boolean isEnded(long afterSeconds) {
    try {
      return ended.await(afterSeconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Override
  public void close() {
    ended.countDown();
  }
}
