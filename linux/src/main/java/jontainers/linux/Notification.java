package jontainers.linux;

import java.lang.foreign.Arena;
import java.nio.file.Path;

/// Make descriptors that become readable when the kernel has something to tell.
public final class Notification {
  private static final int CLOEXEC = 0x80000;
  private static final int NONBLOCK = 0x800;
  private static final int IN_MODIFY = 2;

  private Notification() {}

  /// Make a counter that others add to: eventfd(2). A read of eight bytes takes all of it.
  public static Fd counter(String name) throws SyscallException {
    return Fd.owning((int) Kernel.call(Syscall.eventfd2, name, 0, CLOEXEC | NONBLOCK), name);
  }

  /// Hear of changes of a file: inotify(7) with IN_MODIFY.
  public static Fd ofChanges(Path file) throws SyscallException {
    var fd =
        Fd.owning(
            (int) Kernel.call(Syscall.inotify_init1, RawText.of(file), CLOEXEC | NONBLOCK),
            "changes of " + file);
    try (var arena = Arena.ofConfined()) {
      Kernel.call(
          Syscall.inotify_add_watch,
          RawText.of(file),
          fd.number(),
          Kernel.path(arena, RawText.of(file)),
          IN_MODIFY);
      return fd;
    } catch (SyscallException e) {
      fd.close();
      throw e;
    }
  }
}
