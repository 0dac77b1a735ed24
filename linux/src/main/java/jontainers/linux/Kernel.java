package jontainers.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Make system calls from this JVM: the one place where a result becomes a value or an exception.
///
/// Interrupted calls (EINTR) are made again; `close` alone goes through [#once], since Linux has
/// closed the descriptor even then.
final class Kernel {
  static final int AT_FDCWD = -100;
  static final int AT_EMPTY_PATH = 0x1000;
  static final int AT_SYMLINK_NOFOLLOW = 0x100;

  private static final Arch ARCH = Arch.current();

  private Kernel() {}

  static long call(Syscall call, String object, long... arguments) throws SyscallException {
    long result;
    do {
      result = once(call, arguments);
    } while (result == -Errno.EINTR.number());
    return checked(call, object, result);
  }

  /// Make a call once; return its result or the negated errno.
  static long once(Syscall call, long... arguments) {
    return Libc.syscall(
        call.number(ARCH),
        argument(arguments, 0),
        argument(arguments, 1),
        argument(arguments, 2),
        argument(arguments, 3),
        argument(arguments, 4),
        argument(arguments, 5));
  }

  static long checked(Syscall call, String object, long result) throws SyscallException {
    if (result < 0 && result > -4096) {
      throw new SyscallException(call.name(), object, Errno.of((int) -result));
    }
    return result;
  }

  /// Return the address of a path as the kernel reads it; it lives as long as the arena.
  static long path(Arena arena, String path) {
    return cString(arena, path).address();
  }

  static MemorySegment cString(Arena arena, String text) {
    return cString(arena, RawText.encode(text));
  }

  static MemorySegment cString(Arena arena, byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        throw new IllegalArgumentException(
            "a NUL byte in " + RawText.decode(bytes).replace("\0", "\\0"));
      }
    }
    var segment = arena.allocate(bytes.length + 1L);
    Memory.put(segment, 0, bytes, 0, bytes.length);
    return segment;
  }

  private static long argument(long[] arguments, int index) {
    return index < arguments.length ? arguments[index] : 0;
  }
}
