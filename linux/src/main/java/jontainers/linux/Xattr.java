package jontainers.linux;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// An extended attribute (xattr(7)); both parts are bytes.
///
/// Not compared by content. Owns its arrays: do not change them.
@SuppressWarnings("ArrayRecordComponent") // bytes are what the kernel has
public record Xattr(byte[] name, byte[] value) {
  /// Enough for nearly every file; XATTR_LIST_MAX and XATTR_SIZE_MAX are 64 KiB.
  private static final int FIRST_TRY = 512;

  private static final int MAX = 64 * 1024;

  /// Read those of a file that is open for reading; none where the file system has no such thing.
  public static List<Xattr> of(Fd fd) throws SyscallException {
    return of(fd, Syscall.flistxattr, Syscall.fgetxattr, fd.number());
  }

  /// Read those of a file that is open as O_PATH only, by its link in /proc.
  public static List<Xattr> ofPath(Fd fd) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      long path = Kernel.path(arena, "/proc/self/fd/" + fd.number());
      return of(fd, Syscall.listxattr, Syscall.getxattr, path);
    }
  }

  private static List<Xattr> of(Fd fd, Syscall list, Syscall get, long file)
      throws SyscallException {
    byte[] names = read(fd, list, file);
    if (names.length == 0) {
      return List.of();
    }
    var attributes = new ArrayList<Xattr>();
    for (int at = 0; at < names.length; ) {
      int end = at;
      while (names[end] != 0) {
        end++;
      }
      byte[] name = Arrays.copyOfRange(names, at, end);
      try (var arena = Arena.ofConfined()) {
        long address = Kernel.cString(arena, name).address();
        attributes.add(new Xattr(name, read(fd, get, file, address)));
      }
      at = end + 1;
    }
    return attributes;
  }

  /// Set it on a file that may be open as O_PATH only: setxattr(2).
  public void set(Fd fd) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var bytes = arena.allocate(Math.max(1, value.length));
      Memory.put(bytes, 0, value, 0, value.length);
      Kernel.call(
          Syscall.setxattr,
          fd.name(),
          Kernel.path(arena, "/proc/self/fd/" + fd.number()),
          Kernel.cString(arena, name).address(),
          bytes.address(),
          value.length);
    }
  }

  /// Call listxattr(path, buffer, size) or getxattr(path, name, buffer, size).
  private static byte[] read(Fd fd, Syscall call, long... first) throws SyscallException {
    for (int size = FIRST_TRY; ; size = MAX) {
      try (var arena = Arena.ofConfined()) {
        var buffer = arena.allocate(size);
        long result =
            first.length == 1
                ? Kernel.once(call, first[0], buffer.address(), size)
                : Kernel.once(call, first[0], first[1], buffer.address(), size);
        if (result == -Errno.EOPNOTSUPP.number() || result == -Errno.ENODATA.number()) {
          return new byte[0];
        }
        if (result != -Errno.ERANGE.number() || size == MAX) {
          long length = Kernel.checked(call, fd.name(), result);
          return Memory.bytes(buffer, 0, length);
        }
      }
    }
  }
}
