package jontainers.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Copy one descriptor to another until the first ends or the second is closed.
///
/// On a platform thread of its own, since both ends may block in the kernel; a daemon, so that one
/// that waits for a key does not keep the process.
public final class Pump {
  private static final int BUFFER = 65536;
  private static final Duration A_DAY = Duration.ofDays(1);

  private final Thread thread;
  private volatile boolean reading = true;
  private volatile @Nullable IOException failure;

  private Pump(Copying copying, String name, Runnable whenDone) {
    this.thread =
        Thread.ofPlatform()
            .name(name)
            .daemon()
            .unstarted(() -> {
              try {
                copying.copy(this);
              } catch (IOException e) {
                failure = e;
              } finally {
                whenDone.run();
              }
            });
  }

  private interface Copying {
    void copy(Pump pump) throws IOException;
  }

  /// Takes what was read.
  public interface Target {
    /// Take the first `count` bytes.
    void take(byte[] bytes, int count) throws IOException;
  }

  /// Make a target of a descriptor.
  public static Target to(Fd fd) {
    return (bytes, count) -> fd.write(bytes, 0, count);
  }

  /// Begin to copy; `whenDone` runs on the pump's thread.
  public static Pump start(String name, Fd from, Fd to, Runnable whenDone) {
    return started(new Pump(pump -> pump.copy(from, to), name, whenDone));
  }

  /// Begin to read and to give what was read away; `whenDone` runs on the pump's thread.
  public static Pump start(String name, Fd from, Target to, Runnable whenDone) {
    return started(new Pump(pump -> copy(from, to), name, whenDone));
  }

  private static Pump started(Pump pump) {
    pump.thread.start();
    return pump;
  }

  /// Wait until all is copied.
  public void await() {
    await(A_DAY.multipliedBy(36_500)); // a hundred years are for ever
  }

  /// Wait until all is copied, or for so long.
  public void await(Duration atMost) {
    boolean interrupted = false;
    long end = System.nanoTime() + atMost.toNanos();
    while (thread.isAlive()) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        break;
      }
      try {
        thread.join(Duration.ofNanos(left));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Tell whether all is copied.
  public boolean isDone() {
    return !thread.isAlive();
  }

  /// Tell whether it waits for more to read, of two descriptors, and has nothing left to write.
  public boolean isReading() {
    return reading;
  }

  /// Return why copying has ended before its source did, after [#await]; that nobody reads any more
  /// (EPIPE), and that the other side of a terminal is gone (EIO), is its end.
  public Optional<IOException> failure() {
    var why = failure;
    if (why instanceof SyscallException call
        && (call.errno() == Errno.EPIPE || call.errno() == Errno.EIO)) {
      return Optional.empty();
    }
    return Optional.ofNullable(why);
  }

  private static void copy(Fd from, Target to) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int count; (count = read(from, buffer)) > 0; ) {
      to.take(buffer, count);
    }
  }

  private static int read(Fd from, byte[] buffer) throws SyscallException {
    while (true) {
      try {
        return from.read(buffer, 0, buffer.length);
      } catch (SyscallException e) {
        awaitMore(e, from);
      }
    }
  }

  /// By read(2) and write(2), and not by splice(2): into a file that takes the place to write at
  /// without the lock of the others, so that two who write to one open file overwrite each other.
  private void copy(Fd from, Fd to) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      long address = arena.allocate(BUFFER).address();
      for (long count; (count = read(from, address)) > 0; reading = true) {
        reading = false;
        for (long done = 0; done < count; ) {
          try {
            done +=
                Kernel.call(Syscall.write, to.name(), to.number(), address + done, count - done);
          } catch (SyscallException e) {
            requireWouldBlock(e);
            Poll.writable(to, A_DAY);
          }
        }
      }
    }
  }

  private static long read(Fd from, long address) throws SyscallException {
    while (true) {
      try {
        return Kernel.call(Syscall.read, from.name(), from.number(), address, BUFFER);
      } catch (SyscallException e) {
        awaitMore(e, from);
      }
    }
  }

  /// Somebody who shares the caller's file may have made it non-blocking: O_NONBLOCK of open(2).
  private static void awaitMore(SyscallException why, Fd from) throws SyscallException {
    requireWouldBlock(why);
    Poll.readable(List.of(from), A_DAY);
  }

  private static void requireWouldBlock(SyscallException why) throws SyscallException {
    if (why.errno() != Errno.EAGAIN) {
      throw why;
    }
  }
}
