package jontainers.linux;

import java.nio.file.Path;
import java.util.Optional;

/// Hold a file locked against other processes for as long as this is open: flock(2).
///
/// The kernel lets go of it when the process ends, in whatever way. Unlike the locks of
/// `java.nio.channels` it belongs to the open file and not to the process, so that two threads
/// exclude each other, too.
public final class FileLock implements AutoCloseable {
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;

  private final Fd fd;

  private FileLock(Fd fd) {
    this.fd = fd;
  }

  /// Lock a file, made if missing; wait for whoever holds it.
  public static FileLock acquire(Path file) throws SyscallException {
    var fd = open(file);
    try {
      Kernel.call(Syscall.flock, fd.name(), fd.number(), LOCK_EX);
      return new FileLock(fd);
    } catch (SyscallException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /// Lock a file, made if missing; empty when somebody else holds it.
  public static Optional<FileLock> tryAcquire(Path file) throws SyscallException {
    var fd = open(file);
    try {
      Kernel.call(Syscall.flock, fd.name(), fd.number(), LOCK_EX | LOCK_NB);
      return Optional.of(new FileLock(fd));
    } catch (SyscallException e) {
      fd.close();
      if (e.errno() == Errno.EAGAIN) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// Return the descriptor, lent: whoever has a copy of it holds the lock, too.
  public Fd fd() {
    return fd;
  }

  private static Fd open(Path file) throws SyscallException {
    return Fd.open(file, Fd.O_RDWR | Fd.O_CREAT, 0600);
  }

  @Override
  public void close() {
    fd.close();
  }
}
