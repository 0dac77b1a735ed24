package jontainers.linux;

import java.lang.foreign.Arena;

/// Read files at a place, leaving their offset alone.
public final class DataReader {
  private DataReader() {}

  /// Read up to `length` bytes from `offset` of a file; return how many, 0 at its end: pread(2).
  public static int pread(Fd from, byte[] buffer, int length, long offset) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var segment = arena.allocate(Math.max(1, length));
      long count =
          Kernel.call(
              Syscall.pread64, from.name(), from.number(), segment.address(), length, offset);
      Memory.get(segment, 0, buffer, 0, (int) count);
      return (int) count;
    }
  }
}
