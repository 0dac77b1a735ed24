package jontainers.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Write to a descriptor through a large buffer, also straight out of other files.
///
/// A file's bytes are read into the buffer and written from there, without coming to the Java heap.
/// Borrows the descriptor. For one thread at a time.
public final class FdWriter implements AutoCloseable {
  private static final int SIZE = 256 << 10;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(SIZE, 4096);
  private final Fd fd;
  private int filled;

  public FdWriter(Fd fd) {
    this.fd = fd;
  }

  /// Write bytes, sooner or later.
  public void write(byte[] bytes, int offset, int length) throws SyscallException {
    int done = 0;
    while (done < length) {
      int count = Math.min(length - done, SIZE - filled);
      Memory.put(buffer, filled, bytes, offset + done, count);
      advance(count);
      done += count;
    }
  }

  /// Copy from a place of another file; return how many bytes, fewer than asked at its end.
  public long transfer(Fd from, long offset, long length) throws SyscallException {
    long done = 0;
    while (done < length) {
      long room = Math.min(length - done, SIZE - filled);
      long address = buffer.address() + filled;
      long count =
          Kernel.call(Syscall.pread64, from.name(), from.number(), address, room, offset + done);
      if (count == 0) {
        break;
      }
      advance((int) count);
      done += count;
    }
    return done;
  }

  /// Write what is in the buffer.
  public void flush() throws SyscallException {
    for (long done = 0; done < filled; ) {
      long address = buffer.address() + done;
      done += Kernel.call(Syscall.write, fd.name(), fd.number(), address, filled - done);
    }
    filled = 0;
  }

  /// Free the buffer; what was not flushed is lost.
  @Override
  public void close() {
    arena.close();
  }

  private void advance(int count) throws SyscallException {
    filled += count;
    if (filled == SIZE) {
      flush();
    }
  }
}
