package jontainers.linux;

import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/// Own an open file descriptor of this process.
///
/// Always close-on-exec. Whoever holds an `Fd` closes it; [#number] only lends it. Closing twice is
/// allowed, using it after closing is an error of the program ([IllegalStateException]). Safe for
/// any thread, but a number lent to one thread must not be closed by another meanwhile.
public final class Fd implements AutoCloseable {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0x40;
  public static final int O_EXCL = 0x80;
  public static final int O_NOCTTY = 0x100;
  public static final int O_TRUNC = 0x200;
  public static final int O_APPEND = 0x400;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_DIRECTORY = Arch.current() == Arch.AARCH64 ? 0x4000 : 0x10000;
  public static final int O_NOFOLLOW = Arch.current() == Arch.AARCH64 ? 0x8000 : 0x20000;
  public static final int O_CLOEXEC = 0x80000;
  public static final int O_PATH = 0x200000;

  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int CLOSED = -1;

  private final AtomicInteger number;
  private final String name;

  private Fd(int number, String name) {
    this.number = new AtomicInteger(number);
    this.name = name;
  }

  /// Take ownership of a descriptor that is open and close-on-exec.
  ///
  /// @param name what it is, for error messages
  public static Fd owning(int number, String name) {
    if (number < 0) {
      throw new IllegalArgumentException("no descriptor: " + number);
    }
    return new Fd(number, name);
  }

  /// Open a file: openat(2) with O_CLOEXEC.
  public static Fd open(Path path, int flags) throws SyscallException {
    return open(path, flags, 0);
  }

  /// Open a file, creating it with a mode where `flags` has O_CREAT: openat(2) with O_CLOEXEC.
  public static Fd open(Path path, int flags, int mode) throws SyscallException {
    String name = RawText.of(path);
    try (var arena = Arena.ofConfined()) {
      return owning(
          (int)
              Kernel.call(
                  Syscall.openat,
                  name,
                  Kernel.AT_FDCWD,
                  Kernel.path(arena, name),
                  flags | O_CLOEXEC,
                  mode),
          name);
    }
  }

  /// Open a path below this directory as if the directory were the root: openat2(2) with
  /// RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS. No symbolic link leads out of it.
  public Fd openInRoot(String path, int flags) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var how = arena.allocate(24, 8); // struct open_how: flags, mode, resolve
      Memory.putLong(how, 0, flags | (long) O_CLOEXEC);
      Memory.putLong(how, 16, 0x12);
      return owning(
          (int)
              Kernel.call(
                  Syscall.openat2,
                  path,
                  number(),
                  Kernel.path(arena, path),
                  how.address(),
                  how.byteSize()),
          path);
    }
  }

  /// Duplicate any descriptor of this process to a number of at least `lowest`.
  public static Fd duplicate(int descriptor, int lowest) throws SyscallException {
    String name = "fd " + descriptor;
    return owning(
        (int) Kernel.call(Syscall.fcntl, name, descriptor, F_DUPFD_CLOEXEC, lowest), name);
  }

  /// Duplicate this descriptor, under the same name for messages.
  public Fd duplicate() throws SyscallException {
    return owning((int) Kernel.call(Syscall.fcntl, name, number(), F_DUPFD_CLOEXEC, 0), name);
  }

  /// Tell whether two descriptors are of one open file, with one offset: kcmp(2), KCMP_FILE. A
  /// kernel without that call says of none that they are.
  public boolean isSameOpenFile(Fd other) {
    long pid = Kernel.once(Syscall.getpid);
    return Kernel.once(Syscall.kcmp, pid, pid, 0, number(), other.number()) == 0;
  }

  /// Return the number, lent: it stays valid until this is closed.
  public int number() {
    int current = number.get();
    if (current == CLOSED) {
      throw new IllegalStateException("closed: " + name);
    }
    return current;
  }

  /// Return what this descriptor is, for messages.
  public String name() {
    return name;
  }

  public boolean isOpen() {
    return number.get() != CLOSED;
  }

  /// Return the path by which this process can reach the file again.
  public Path procPath() {
    return Path.of("/proc/self/fd/" + number());
  }

  /// Read once, read(2); return how many bytes were read, 0 at the end of the file.
  public int read(byte[] buffer, int offset, int length) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var segment = arena.allocate(Math.max(1, length));
      int count = (int) Kernel.call(Syscall.read, name, number(), segment.address(), length);
      Memory.get(segment, 0, buffer, offset, count);
      return count;
    }
  }

  /// Write all bytes, write(2) as often as needed.
  public void write(byte[] buffer, int offset, int length) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var segment = arena.allocate(Math.max(1, length));
      Memory.put(segment, 0, buffer, offset, length);
      for (long done = 0; done < length; ) {
        done += Kernel.call(Syscall.write, name, number(), segment.address() + done, length - done);
      }
    }
  }

  /// Write all bytes of an array.
  public void write(byte[] bytes) throws SyscallException {
    write(bytes, 0, bytes.length);
  }

  /// Return a stream that reads from here; closing it closes this descriptor.
  public InputStream inputStream() {
    return new FdInputStream(this);
  }

  /// Return a stream that writes to here, unbuffered; closing it closes this descriptor.
  public OutputStream outputStream() {
    return new FdOutputStream(this);
  }

  /// Flush what was written to the disk: fsync(2).
  public void fsync() throws SyscallException {
    Kernel.call(Syscall.fsync, name, number());
  }

  /// Flush the whole file system that this lies in to the disk, and tell of errors: syncfs(2).
  public void syncfs() throws SyscallException {
    Kernel.call(Syscall.syncfs, name, number());
  }

  /// Close; errors are not reported, since the descriptor is gone in any case: close(2).
  @Override
  public void close() {
    int old = number.getAndSet(CLOSED);
    if (old != CLOSED) {
      var _ = Kernel.once(Syscall.close, old);
    }
  }

  @Override
  public String toString() {
    return name + " (fd " + number.get() + ")";
  }
}
