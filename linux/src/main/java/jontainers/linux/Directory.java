package jontainers.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// An open directory, by which its files are reached without ever naming it again.
///
/// Names are the kernel's: any bytes but `/` and NUL. What is found is open as O_PATH, never
/// followed when it is a link, so that looking at it has no side effect and what was looked at is
/// what is used. Owns its descriptor; safe for one thread at a time.
public final class Directory implements AutoCloseable {
  // include/uapi/linux/openat2.h
  private static final long RESOLVE_NO_XDEV = 0x01;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_NO_SYMLINKS = 0x04;
  private static final long RESOLVE_IN_ROOT = 0x10;
  private static final int OPEN_HOW_SIZE = 24;

  // struct statfs of include/uapi/asm-generic/statfs.h, 64 bits
  private static final int STATFS_SIZE = 120;
  private static final int STATFS_FLAGS = 80;
  private static final int ST_NODEV = 4;

  // include/uapi/linux/magic.h
  private static final long CGROUP_SUPER_MAGIC = 0x27e0eb;
  private static final long CGROUP2_SUPER_MAGIC = 0x63677270;

  private static final int ENTRIES_SIZE = 32 * 1024;
  private static final int DT_REG = 8;
  private static final int PATH_MAX = 4096;
  private static final int AT_REMOVEDIR = 0x200;

  private final Fd fd;

  private Directory(Fd fd) {
    this.fd = fd;
  }

  /// Open a directory of the host; links in its path are followed.
  public static Directory open(Path path) throws SyscallException {
    return new Directory(Fd.open(path, Fd.O_RDONLY | Fd.O_DIRECTORY));
  }

  /// Open again what is open as a directory, perhaps only as O_PATH; the other stays open.
  public static Directory reopen(Fd directory) throws SyscallException {
    return new Directory(reopen(directory, Fd.O_RDONLY | Fd.O_DIRECTORY));
  }

  /// Open what is open as O_PATH for reading or writing, by its link in /proc.
  public static Fd reopen(Fd file, int flags) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      long path = Kernel.path(arena, "/proc/self/fd/" + file.number());
      long number =
          Kernel.call(Syscall.openat, file.name(), Kernel.AT_FDCWD, path, flags | Fd.O_CLOEXEC, 0);
      return Fd.owning((int) number, file.name());
    }
  }

  /// Return the descriptor, lent.
  public Fd fd() {
    return fd;
  }

  /// A file's name.
  ///
  /// @param regular whether the directory knows it to be a regular file
  @SuppressWarnings("ArrayRecordComponent") // names are bytes; never compared as records
  public record Entry(byte[] name, boolean regular) {}

  /// Read its entries in the order of their names' bytes, without `.` and `..`: getdents64(2).
  public List<Entry> entries() throws SyscallException {
    var entries = new ArrayList<Entry>();
    try (var arena = Arena.ofConfined()) {
      var buffer = arena.allocate(ENTRIES_SIZE, 8);
      while (true) {
        long length =
            Kernel.call(Syscall.getdents64, fd.name(), fd.number(), buffer.address(), ENTRIES_SIZE);
        if (length == 0) {
          break;
        }
        // struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, name
        for (long at = 0; at < length; at += Memory.getShort(buffer, at + 16) & 0xffff) {
          byte[] name = name(buffer, at + 19);
          if (!isDots(name)) {
            entries.add(new Entry(name, Memory.getByte(buffer, at + 18) == DT_REG));
          }
        }
      }
    }
    entries.sort((one, other) -> Arrays.compareUnsigned(one.name, other.name));
    return entries;
  }

  /// Tell whether device nodes cannot be opened here: ST_NODEV of statfs(2).
  public boolean isNodev() throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var statfs = arena.allocate(STATFS_SIZE, 8);
      Kernel.call(Syscall.fstatfs, fd.name(), fd.number(), statfs.address());
      return (Memory.getLong(statfs, STATFS_FLAGS) & ST_NODEV) != 0;
    }
  }

  /// Tell whether this is a cgroup, of whichever version: the type of statfs(2).
  public boolean isCgroup() throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var statfs = arena.allocate(STATFS_SIZE, 8);
      Kernel.call(Syscall.fstatfs, fd.name(), fd.number(), statfs.address());
      long type = Memory.getLong(statfs, 0);
      return type == CGROUP_SUPER_MAGIC || type == CGROUP2_SUPER_MAGIC;
    }
  }

  /// Open a regular file of this directory for reading, without looking at it first.
  ///
  /// What it is has to be asked afterwards. A fifo put in its place does not block, but a device
  /// would be opened, with whatever that does: only where [#isNodev].
  public Fd openFile(byte[] name) throws SyscallException {
    return openat2(
        name,
        Fd.O_RDONLY | Fd.O_NOFOLLOW | Fd.O_NONBLOCK | Fd.O_NOCTTY,
        RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
  }

  /// Make a regular file that nobody else may open yet, for writing; EEXIST where there is one.
  public Fd create(byte[] name) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      String text = RawText.decode(name);
      long number =
          Kernel.call(
              Syscall.openat,
              text,
              fd.number(),
              Kernel.cString(arena, name).address(),
              Fd.O_WRONLY | Fd.O_CREAT | Fd.O_EXCL | Fd.O_NOFOLLOW | Fd.O_CLOEXEC,
              0600);
      return Fd.owning((int) number, text);
    }
  }

  /// Find a file of this directory as O_PATH; EXDEV says that something is mounted there.
  public Fd find(byte[] name) throws SyscallException {
    return openat2(
        name,
        Fd.O_PATH | Fd.O_NOFOLLOW,
        RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
  }

  /// Find what is mounted on a file of this directory as O_PATH.
  public Fd findMounted(byte[] name) throws SyscallException {
    return openat2(name, Fd.O_PATH | Fd.O_NOFOLLOW, RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
  }

  /// Open a path as if this directory were the root: links cannot lead out of it.
  public Fd openInRoot(String path, int flags) throws SyscallException {
    return openat2(RawText.encode(path), flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  }

  /// Make the device node 0:0 by which overlayfs hides a file of a lower layer: mknodat(2).
  ///
  /// Since Linux 5.8 without CAP_MKNOD.
  public void whiteout(byte[] name) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      Kernel.call(
          Syscall.mknodat,
          RawText.decode(name),
          fd.number(),
          Kernel.cString(arena, name).address(),
          FileType.CHARACTER_DEVICE.bits(),
          0);
    }
  }

  /// Delete a file: unlinkat(2).
  public void unlink(byte[] name) throws SyscallException {
    unlinkat(name, 0);
  }

  /// Delete an empty directory: unlinkat(2) with AT_REMOVEDIR.
  public void rmdir(byte[] name) throws SyscallException {
    unlinkat(name, AT_REMOVEDIR);
  }

  /// Read where a link that is open as O_PATH leads: readlinkat(2).
  public static byte[] readlink(Fd link) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var buffer = arena.allocate(PATH_MAX);
      long length =
          Kernel.call(
              Syscall.readlinkat,
              link.name(),
              link.number(),
              Kernel.path(arena, ""),
              buffer.address(),
              PATH_MAX);
      return Memory.bytes(buffer, 0, length);
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  private Fd openat2(byte[] name, int flags, long resolve) throws SyscallException {
    String text = RawText.decode(name);
    try (var arena = Arena.ofConfined()) {
      var how = arena.allocate(OPEN_HOW_SIZE, 8);
      Memory.putLong(how, 0, (flags | Fd.O_CLOEXEC) & 0xffffffffL);
      Memory.putLong(how, 16, resolve);
      long number =
          Kernel.call(
              Syscall.openat2,
              text,
              fd.number(),
              Kernel.cString(arena, name).address(),
              how.address(),
              OPEN_HOW_SIZE);
      return Fd.owning((int) number, text);
    }
  }

  private void unlinkat(byte[] name, int flags) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      Kernel.call(
          Syscall.unlinkat,
          RawText.decode(name),
          fd.number(),
          Kernel.cString(arena, name).address(),
          flags);
    }
  }

  private static byte[] name(MemorySegment buffer, long at) {
    long end = at;
    while (Memory.getByte(buffer, end) != 0) {
      end++;
    }
    return Memory.bytes(buffer, at, end - at);
  }

  private static boolean isDots(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }
}
