package jontainers.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/// Let a signal end a long piece of work so that what it has is kept, until closed.
///
/// The first one interrupts the thread that made this; when that does not end the work soon, or on
/// the second one, the process ends as if nobody had listened.
final class Interruption implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 2;
  private static final int SIGNALLED = 128;

  private final Thread worker = Thread.currentThread();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final EndingSignals signals;
  private volatile int came;

  private Interruption() {
    signals = EndingSignals.listen(this::heard);
  }

  /// Begin to listen.
  static Interruption ofThisThread() {
    return new Interruption();
  }

  private void heard(Signal signal) {
    boolean first = came == 0;
    came = signal.getNumber();
    if (first) {
      worker.interrupt();
    }
    if (!first || !isClosedSoon()) {
      EndingSignals.dieOf(signal);
    }
  }

  private boolean isClosedSoon() {
    try {
      return closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  /// Tell whether a signal has come; the thread is not interrupted any more then.
  boolean hasCome() {
    if (came != 0) {
      boolean _ = Thread.interrupted();
    }
    return came != 0;
  }

  /// Return what a command exits with that a signal has ended.
  int exitCode() {
    return SIGNALLED + came;
  }

  @Override
  public void close() {
    closed.countDown();
    signals.close();
  }
}
