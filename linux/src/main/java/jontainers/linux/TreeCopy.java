package jontainers.linux;

import java.lang.foreign.Arena;

/// Copy the files of one directory into another, with owners, modes, times and extended attributes.
///
/// Everything is opened relative to directories that are open and no link is followed, so that
/// whoever changes the tree meanwhile leads nobody elsewhere. What is mounted in it, sockets and
/// device nodes are left out.
public final class TreeCopy {
  private static final int BUFFER = 65536;
  private static final int UTIME_OMIT = 0x3ffffffe;

  private TreeCopy() {}

  /// Copy all that a directory holds, and its own owner, mode and times.
  public static void copy(Directory from, Directory to) throws SyscallException {
    for (var entry : from.entries()) {
      try (var file = from.find(entry.name())) {
        copy(entry.name(), file, FileStatus.of(file), to);
      } catch (SyscallException e) {
        if (e.errno() != Errno.EXDEV) { // something is mounted there
          throw e;
        }
      }
    }
    try (var directory = Directory.reopen(from.fd(), Fd.O_RDONLY | Fd.O_DIRECTORY)) {
      adopt(to.fd(), FileStatus.of(directory));
    }
  }

  private static void copy(byte[] name, Fd file, FileStatus status, Directory to)
      throws SyscallException {
    switch (status.type()) {
      case DIRECTORY -> {
        make(Syscall.mkdirat, name, to, 0700);
        try (var below = Directory.reopen(file);
            var place = to.find(name);
            var made = Directory.reopen(place)) {
          copy(below, made);
          xattrs(file, made.fd());
        }
      }
      case REGULAR -> {
        try (var content = Directory.reopen(file, Fd.O_RDONLY);
            var made = to.create(name)) {
          byte[] buffer = new byte[BUFFER];
          for (int count; (count = content.read(buffer, 0, BUFFER)) > 0; ) {
            made.write(buffer, 0, count);
          }
          xattrs(file, made);
          adopt(made, status);
        }
      }
      case SYMLINK -> {
        link(Directory.readlink(file), name, to);
        own(name, status, to);
      }
      case FIFO -> {
        make(Syscall.mknodat, name, to, FileType.FIFO.bits() | status.mode());
        own(name, status, to);
      }
      case CHARACTER_DEVICE, BLOCK_DEVICE, SOCKET -> {
        // made by whoever needs them
      }
    }
  }

  private static void xattrs(Fd from, Fd to) throws SyscallException {
    for (var xattr : Xattr.ofPath(from)) {
      try {
        xattr.set(to);
      } catch (SyscallException e) {
        if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EPERM) {
          throw e;
        }
      }
    }
  }

  /// Owner first: a change of it takes set-id bits away.
  private static void adopt(Fd fd, FileStatus status) throws SyscallException {
    Kernel.call(Syscall.fchown, fd.name(), fd.number(), status.uid(), status.gid());
    Kernel.call(Syscall.fchmod, fd.name(), fd.number(), status.mode());
    try (var arena = Arena.ofConfined()) {
      var times = arena.allocate(4 * Long.BYTES, Long.BYTES); // two timespecs
      Memory.putLong(times, 8, UTIME_OMIT);
      Memory.putLong(times, 16, status.mtimeSeconds());
      Memory.putLong(times, 24, status.mtimeNanos());
      Kernel.call(Syscall.utimensat, fd.name(), fd.number(), 0, times.address(), 0);
    }
  }

  private static void make(Syscall call, byte[] name, Directory to, int mode)
      throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      long path = Kernel.cString(arena, name).address();
      Kernel.call(call, RawText.decode(name), to.fd().number(), path, mode, 0);
    }
  }

  private static void link(byte[] target, byte[] name, Directory to) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      Kernel.call(
          Syscall.symlinkat,
          RawText.decode(name),
          Kernel.cString(arena, target).address(),
          to.fd().number(),
          Kernel.cString(arena, name).address());
    }
  }

  private static void own(byte[] name, FileStatus status, Directory to) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      Kernel.call(
          Syscall.fchownat,
          RawText.decode(name),
          to.fd().number(),
          Kernel.cString(arena, name).address(),
          status.uid(),
          status.gid(),
          Kernel.AT_SYMLINK_NOFOLLOW);
    }
  }
}
