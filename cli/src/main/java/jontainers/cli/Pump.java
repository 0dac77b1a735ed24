package jontainers.cli;

import java.io.IOException;
import jontainers.linux.Fd;

/// Copy one descriptor to another until the first ends or the second is closed.
///
/// On a platform thread of its own, since both ends may block in the kernel; a daemon, so that one
/// that waits for a key does not keep the process.
public final class Pump {
  private final Thread thread;

  private Pump(Thread thread) {
    this.thread = thread;
  }

  /// Takes what was read.
  public interface Target {
    /// Take the first `count` bytes.
    void take(byte[] bytes, int count) throws IOException;
  }

  /// Make a target of a descriptor.
  static Target to(Fd fd) {
    return (bytes, count) -> fd.write(bytes, 0, count);
  }

  /// Begin to copy; `whenDone` runs on the pump's thread.
  public static Pump start(String name, Fd from, Fd to, Runnable whenDone) {
    return start(name, from, to(to), whenDone);
  }

  /// Begin to read and to give what was read away; `whenDone` runs on the pump's thread.
  static Pump start(String name, Fd from, Target to, Runnable whenDone) {
    return new Pump(
        Thread.ofPlatform()
            .name(name)
            .daemon()
            .start(() -> {
              copy(from, to);
              whenDone.run();
            }));
  }

  /// Wait until all is copied.
  public void await() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// A terminal whose other side is gone reads as EIO, a pipe without reader writes as EPIPE.
  private static void copy(Fd from, Target to) {
    byte[] buffer = new byte[65536];
    try {
      for (int count; (count = from.read(buffer, 0, buffer.length)) > 0; ) {
        to.take(buffer, count);
      }
    } catch (IOException e) {
      return;
    }
  }
}
