package jontainers.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Make files in directories that are open, with as few calls as there can be.
///
/// Every name is a single one in an open directory, and no link is followed, so that nothing in the
/// tree leads elsewhere, whoever changes it meanwhile. Native memory for names and content is taken
/// once, which makes this faster than [Directory] for many files. The methods have the names and
/// orders of the man pages, section 2. For one thread at a time.
public final class TreeWriter implements AutoCloseable {
  private static final int BUFFER = 256 << 10;
  private static final int PATH = 4098; // PATH_MAX, one more for what is too long, and a NUL
  private static final int AT_SYMLINK_NOFOLLOW = Kernel.AT_SYMLINK_NOFOLLOW;
  private static final int TIMES = 32;
  private static final int UTIME_OMIT = 0x3ffffffe;
  private static final byte[] ZERO = {0};

  private final Arena arena = Arena.ofShared();
  private final MemorySegment name = arena.allocate(PATH);
  private final MemorySegment other = arena.allocate(PATH);
  private final MemorySegment times = arena.allocate(TIMES, 8);
  private final MemorySegment buffer = arena.allocate(BUFFER, 4096);

  /// Take the buffers.
  public TreeWriter() {}

  /// Free the buffers.
  @Override
  public void close() {
    arena.close();
  }

  /// Open a directory of a directory; ENOTDIR or ELOOP where the name is something else.
  public Fd openDirectory(Fd directory, byte[] file) throws SyscallException {
    return open(directory, file, Fd.O_RDONLY | Fd.O_DIRECTORY | Fd.O_NOFOLLOW, 0);
  }

  /// Find a file of a directory, as O_PATH.
  public Fd find(Fd directory, byte[] file) throws SyscallException {
    return open(directory, file, Fd.O_PATH | Fd.O_NOFOLLOW, 0);
  }

  /// Make a file that nobody else may open yet, for writing; EEXIST where there is one.
  public Fd create(Fd directory, byte[] file) throws SyscallException {
    return open(directory, file, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_EXCL | Fd.O_NOFOLLOW, 0600);
  }

  /// Make a directory that nobody else may enter yet.
  public void mkdirat(Fd directory, byte[] file) throws SyscallException {
    call(Syscall.mkdirat, file, directory.number(), put(name, file), 0700);
  }

  /// Make a fifo or a device node that nobody else may open yet.
  public void mknodat(Fd directory, byte[] file, FileType type, int major, int minor)
      throws SyscallException {
    // new_encode_dev of include/linux/kdev_t.h
    long device = (minor & 0xffL) | ((long) major << 8) | ((minor & ~0xffL) << 12);
    int mode = type.bits() | (isWhiteout(type, device) ? 0 : 0600);
    call(Syscall.mknodat, file, directory.number(), put(name, file), mode, device);
  }

  private static boolean isWhiteout(FileType type, long device) {
    return type == FileType.CHARACTER_DEVICE && device == 0;
  }

  /// Make a symbolic link.
  public void symlinkat(byte[] target, Fd directory, byte[] file) throws SyscallException {
    call(Syscall.symlinkat, file, put(other, target), directory.number(), put(name, file));
  }

  /// Give a file another name; a symbolic link is not followed.
  public void linkat(Fd oldDirectory, byte[] oldFile, Fd directory, byte[] file)
      throws SyscallException {
    call(
        Syscall.linkat,
        file,
        oldDirectory.number(),
        put(other, oldFile),
        directory.number(),
        put(name, file),
        0);
  }

  /// Delete a file that is no directory.
  public void unlinkat(Fd directory, byte[] file) throws SyscallException {
    call(Syscall.unlinkat, file, directory.number(), put(name, file), 0);
  }

  /// Write to where a file's offset is.
  public void write(Fd file, byte[] bytes, int offset, int length) throws SyscallException {
    for (int done = 0; done < length; ) {
      int count = Math.min(length - done, BUFFER);
      Memory.put(buffer, 0, bytes, offset + done, count);
      for (int written = 0; written < count; ) {
        long address = buffer.address() + written;
        written +=
            (int)
                Kernel.call(
                    Syscall.write, file.name(), file.number(), address, (long) count - written);
      }
      done += count;
    }
  }

  /// Move a file's offset, past its end, too.
  public void seek(Fd file, long offset) throws SyscallException {
    Kernel.call(Syscall.lseek, file.name(), file.number(), offset, 0);
  }

  /// Make a file that long, with a hole where it was shorter.
  public void ftruncate(Fd file, long size) throws SyscallException {
    Kernel.call(Syscall.ftruncate, file.name(), file.number(), size);
  }

  /// Set the owner of an open file; takes set-id bits and security.capability away.
  public void fchown(Fd file, long uid, long gid) throws SyscallException {
    Kernel.call(Syscall.fchown, file.name(), file.number(), uid, gid);
  }

  /// Set the owner of a file that may be a link.
  public void fchownat(Fd directory, byte[] file, long uid, long gid) throws SyscallException {
    long path = put(name, file);
    call(Syscall.fchownat, file, directory.number(), path, uid, gid, AT_SYMLINK_NOFOLLOW);
  }

  /// Set the permission bits of an open file.
  public void fchmod(Fd file, int mode) throws SyscallException {
    Kernel.call(Syscall.fchmod, file.name(), file.number(), mode);
  }

  /// Set the permission bits of a file that is open as O_PATH and is no link.
  public void chmod(Fd file, int mode) throws SyscallException {
    long path = put(name, RawText.encode("/proc/self/fd/" + file.number()));
    Kernel.call(Syscall.fchmodat, file.name(), Kernel.AT_FDCWD, path, mode);
  }

  /// Set the time of last modification of an open file.
  public void futimens(Fd file, long seconds, int nanos) throws SyscallException {
    long address = times(seconds, nanos);
    Kernel.call(Syscall.utimensat, file.name(), file.number(), 0, address, 0);
  }

  /// Set the time of last modification of a file that may be a link.
  public void utimensat(Fd directory, byte[] file, long seconds, int nanos)
      throws SyscallException {
    long address = times(seconds, nanos);
    call(
        Syscall.utimensat, file, directory.number(), put(name, file), address, AT_SYMLINK_NOFOLLOW);
  }

  /// Set an extended attribute of an open file.
  public void fsetxattr(Fd file, Xattr xattr) throws SyscallException {
    byte[] value = xattr.value();
    Memory.put(buffer, 0, value, 0, value.length);
    Kernel.call(
        Syscall.fsetxattr,
        file.name(),
        file.number(),
        put(name, xattr.name()),
        buffer.address(),
        value.length,
        0);
  }

  /// Remove an extended attribute of an open file.
  public void fremovexattr(Fd file, byte[] attribute) throws SyscallException {
    Kernel.call(Syscall.fremovexattr, file.name(), file.number(), put(name, attribute));
  }

  private Fd open(Fd directory, byte[] file, int flags, int mode) throws SyscallException {
    long path = put(name, file);
    long number = call(Syscall.openat, file, directory.number(), path, flags | Fd.O_CLOEXEC, mode);
    return Fd.owning((int) number, RawText.decode(file));
  }

  /// The last access is left as it is.
  private long times(long seconds, int nanos) {
    Memory.putLong(times, 8, UTIME_OMIT);
    Memory.putLong(times, 16, seconds);
    Memory.putLong(times, 24, nanos);
    return times.address();
  }

  /// A longer name than the kernel takes is cut to one that is too long for it still.
  private static long put(MemorySegment place, byte[] text) {
    int length = Math.min(text.length, PATH - 1);
    Memory.put(place, 0, text, 0, length);
    Memory.put(place, length, ZERO, 0, 1);
    return place.address();
  }

  private static long call(Syscall call, byte[] file, long... arguments) throws SyscallException {
    long result;
    do {
      result = Kernel.once(call, arguments);
    } while (result == -Errno.EINTR.number());
    return result < 0 && result > -4096
        ? Kernel.checked(call, RawText.decode(file), result)
        : result;
  }
}
