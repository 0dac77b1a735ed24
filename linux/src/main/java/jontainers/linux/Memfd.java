package jontainers.linux;

import java.lang.foreign.Arena;

/// Make executable files that lie in memory alone: memfd_create(2).
public final class Memfd {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_EXEC = 0x10;
  private static final int F_ADD_SEALS = 1033;
  private static final int ALL_SEALS = 0xf; // SEAL, SHRINK, GROW, WRITE

  private Memfd() {}

  /// Make a sealed file with these bytes: nobody can change it any more.
  ///
  /// MFD_EXEC exists since Linux 6.3; older kernels say EINVAL and make every memfd executable.
  public static Fd executable(String name, byte[] content) throws SyscallException {
    Fd fd;
    try {
      fd = create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      fd = create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    }
    try {
      fd.write(content);
      Kernel.call(Syscall.fcntl, name, fd.number(), F_ADD_SEALS, ALL_SEALS);
      return fd;
    } catch (SyscallException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  private static Fd create(String name, int flags) throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      return Fd.owning(
          (int) Kernel.call(Syscall.memfd_create, name, Kernel.path(arena, name), flags), name);
    }
  }
}
