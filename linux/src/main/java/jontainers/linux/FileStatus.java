package jontainers.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What statx(2) says of a file.
///
/// @param mode the permission bits with set-id and sticky, without the type
/// @param device of the file system, as makedev(3) packs major and minor
/// @param special of a device node, in the same way
/// @param blocks of 512 bytes that are allocated
/// @param mtimeNanos 0 to 999,999,999, to be added to the seconds also before 1970
/// @param mountId of the mount it was reached by, as in /proc/self/mountinfo
public record FileStatus(
    FileType type,
    int mode,
    long uid,
    long gid,
    long links,
    long inode,
    long device,
    long special,
    long size,
    long blocks,
    long mtimeSeconds,
    int mtimeNanos,
    long mountId) {
  private static final int STATX_SIZE = 256;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_MNT_ID = 0x1000;

  /// Ask for an open file, which may be open as O_PATH only.
  public static FileStatus of(Fd fd) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var buffer = arena.allocate(STATX_SIZE, 8);
      Kernel.call(
          Syscall.statx,
          fd.name(),
          fd.number(),
          Kernel.path(arena, ""),
          Kernel.AT_EMPTY_PATH,
          STATX_BASIC_STATS | STATX_MNT_ID,
          buffer.address());
      return decode(buffer);
    }
  }

  /// Return the major number of a device as packed here.
  public static int major(long device) {
    return (int) (device >>> 32);
  }

  /// Return the minor number of a device as packed here.
  public static int minor(long device) {
    return (int) device;
  }

  // struct statx of include/uapi/linux/stat.h
  private static FileStatus decode(MemorySegment statx) {
    int mode = Memory.getShort(statx, 28) & 0xffff;
    return new FileStatus(
        FileType.ofMode(mode),
        mode & 0xfff,
        unsigned(statx, 20),
        unsigned(statx, 24),
        unsigned(statx, 16),
        Memory.getLong(statx, 32),
        device(statx, 136),
        device(statx, 128),
        Memory.getLong(statx, 40),
        Memory.getLong(statx, 48),
        Memory.getLong(statx, 112),
        Memory.getInt(statx, 120),
        Memory.getLong(statx, 144));
  }

  private static long device(MemorySegment statx, int offset) {
    return unsigned(statx, offset) << 32 | unsigned(statx, offset + 4);
  }

  private static long unsigned(MemorySegment statx, int offset) {
    return Memory.getInt(statx, offset) & 0xffffffffL;
  }
}
