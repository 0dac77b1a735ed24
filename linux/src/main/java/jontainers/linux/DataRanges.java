package jontainers.linux;

import java.util.Arrays;

/// Where a file has data, the rest being holes: lseek(2) with SEEK_DATA and SEEK_HOLE.
///
/// Sixteen bytes for each range, so that a file of a million of them takes 16 MB. Confined to one
/// thread.
public final class DataRanges {
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private long[] bounds = new long[16];
  private int count;

  private DataRanges() {}

  /// Begin with none, to have ranges added.
  public static DataRanges empty() {
    return new DataRanges();
  }

  /// Find the ranges below a size; moves the file's offset.
  public static DataRanges of(Fd fd, long size) throws SyscallException {
    var ranges = new DataRanges();
    long at = 0;
    while (at < size) {
      long data = seek(fd, at, SEEK_DATA);
      if (data < 0 || data >= size) {
        break;
      }
      long hole = seek(fd, data, SEEK_HOLE);
      long end = hole < 0 ? size : Math.min(hole, size);
      ranges.add(data, end);
      at = end;
    }
    return ranges;
  }

  /// Return how many ranges there are.
  public int count() {
    return count;
  }

  /// Return where a range begins.
  public long offset(int index) {
    return bounds[2 * index];
  }

  /// Return how many bytes a range has.
  public long length(int index) {
    return bounds[2 * index + 1] - bounds[2 * index];
  }

  /// Return how many bytes all ranges have.
  public long total() {
    long total = 0;
    for (int i = 0; i < count; i++) {
      total += length(i);
    }
    return total;
  }

  /// Add a range behind all others.
  ///
  /// @param end where it ends, not before its offset
  public void add(long offset, long end) {
    if (2 * count == bounds.length) {
      bounds = Arrays.copyOf(bounds, 2 * bounds.length);
    }
    bounds[2 * count] = offset;
    bounds[2 * count + 1] = end;
    count++;
  }

  /// ENXIO: no data after here; a file that shrinks meanwhile says so, too.
  private static long seek(Fd fd, long offset, int whence) throws SyscallException {
    long result = Kernel.once(Syscall.lseek, fd.number(), offset, whence);
    return result == -Errno.ENXIO.number() ? -1 : Kernel.checked(Syscall.lseek, fd.name(), result);
  }
}
