package jontainers.engine;

import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import jontainers.linux.Fd;
import jontainers.linux.Pipe;
import jontainers.linux.Poll;
import jontainers.linux.SyscallException;

/// Wakes a thread that waits for descriptors: when it is interrupted, of which no system call
/// hears, or when another thread raises the alarm.
///
/// Once raised it stays so. From its opening to its closing an interruption is kept here, since the
/// flag would break what writes files meanwhile. [#raise] is safe for any thread; the rest belongs
/// to the one that opens, waits and closes.
final class Alarm implements AutoCloseable {
  private final Pipe pipe = Pipe.open("alarm");
  private final Interruptible interruptible = new Interruptible();
  private boolean interrupted;

  Alarm() throws SyscallException {
    takeInterruption();
  }

  /// Return what is readable once the alarm is raised, lent.
  Fd fd() {
    return pipe.readEnd();
  }

  /// Wake the thread that waits.
  void raise() {
    pipe.writeEnd().close();
  }

  /// Wait as [Poll#readable] does; an interruption raises the alarm.
  BitSet awaitReadable(List<Fd> descriptors, Duration atMost) throws SyscallException {
    try {
      return interruptible.awaitReadable(descriptors, atMost);
    } finally {
      takeInterruption();
    }
  }

  private void takeInterruption() {
    if (Thread.interrupted()) {
      interrupted = true;
      raise();
    }
  }

  @Override
  public void close() {
    pipe.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// The JDK tells channels alone of an interruption of the thread that blocks in them.
  private final class Interruptible extends AbstractInterruptibleChannel {
    BitSet awaitReadable(List<Fd> descriptors, Duration atMost) throws SyscallException {
      begin();
      try {
        return Poll.readable(descriptors, atMost);
      } finally {
        endQuietly();
      }
    }

    private void endQuietly() {
      try {
        end(true);
      } catch (ClosedByInterruptException e) {
        // the flag tells it, too
      } catch (java.nio.channels.AsynchronousCloseException e) {
        throw new IllegalStateException(e); // only of what has not been completed
      }
    }

    /// Called on the thread that interrupts.
    @Override
    protected void implCloseChannel() {
      raise();
    }
  }
}
