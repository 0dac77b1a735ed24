package jontainers.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Hand the bytes of one stream to several threads, each of which sees all of them.
///
/// Holds up to eight chunks of 128 KiB, so that whoever is slowest sets the pace. Safe for one
/// thread that fills and one for each reader; all of it is guarded by the lock. When one of them
/// gives up it calls [#abandon], and nobody waits any more.
final class Chunks {
  private static final int SLOTS = 8;
  private static final int SIZE = 128 << 10;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final byte[][] slots = new byte[SLOTS][SIZE];
  private final int[] lengths = new int[SLOTS];
  private final long[] read;
  private long filled;
  private boolean ended;
  private boolean abandoned;

  /// Tells a thread that another one has given up, which knows why.
  static final class AbandonedException extends IOException {
    private static final long serialVersionUID = 1L;

    AbandonedException() {
      super("given up by another thread");
    }
  }

  Chunks(int readers) {
    this.read = new long[readers];
  }

  /// Take the next chunk from a stream; false when it has ended.
  boolean fill(InputStream in) throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!abandoned && filled - Arrays.stream(read).min().orElse(filled) == SLOTS) {
        changed.await();
      }
      checkAbandoned();
    } finally {
      lock.unlock();
    }
    // The slot is nobody else's until it counts as filled.
    int slot = (int) (filled % SLOTS);
    int length = in.readNBytes(slots[slot], 0, SIZE);
    lock.lock();
    try {
      lengths[slot] = length;
      if (length > 0) {
        filled++;
      }
      ended = length < SIZE;
      changed.signalAll();
      return !ended;
    } finally {
      lock.unlock();
    }
  }

  void abandon() {
    lock.lock();
    try {
      abandoned = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  InputStream reader(int number) {
    return new Reader(number);
  }

  private void checkAbandoned() throws AbandonedException {
    if (abandoned) {
      throw new AbandonedException();
    }
  }

  /// For one thread.
  private final class Reader extends PieceStream {
    private final int number;
    private int slot;
    private int at;
    private int limit;

    Reader(int number) {
      this.number = number;
    }

    @Override
    int piece(byte[] bytes, int offset, int length) throws IOException {
      if (at == limit && !advance()) {
        return -1;
      }
      int count = Math.min(length, limit - at);
      System.arraycopy(slots[slot], at, bytes, offset, count);
      at += count;
      return count;
    }

    /// Give the chunk back and wait for the next one; false at the end. Not interruptible, since
    /// the thread that fills is, and ends this.
    private boolean advance() throws IOException {
      lock.lock();
      try {
        if (limit > 0) {
          read[number]++;
          limit = 0;
          at = 0;
          changed.signalAll();
        }
        while (!abandoned && !ended && read[number] == filled) {
          changed.awaitUninterruptibly();
        }
        checkAbandoned();
        if (read[number] == filled) {
          return false;
        }
        slot = (int) (read[number] % SLOTS);
        limit = lengths[slot];
        at = 0;
        return true;
      } finally {
        lock.unlock();
      }
    }
  }
}
