package jontainers.linux;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Make a mount that is attached nowhere by mount(2), for what a kernel's [FilesystemContext]
/// cannot say: the data of mount(2) may have a page.
///
/// mount(2) attaches what it makes. So a throwaway thread leaves for a mount namespace of its own
/// (unshare(2) with CLONE_NEWNS, which takes its root and working directory from the other
/// threads', too: CLONE_FS), where nothing goes back to the host's, mounts it there, and takes a
/// copy along: open_tree(2). The namespace ends with the thread. Safe for any thread.
public final class DetachedMount {
  public static final int MS_RDONLY = 1;
  public static final int MS_NOSUID = 2;
  public static final int MS_NODEV = 4;
  public static final int MS_NOEXEC = 8;

  private static final int CLONE_NEWNS = 0x20000;
  private static final int MS_REC = 0x4000;
  private static final int MS_PRIVATE = 0x40000;
  private static final int OPEN_TREE_CLONE = 1;
  private static final int DATA_SIZE = 4096; // the least page; more is cut off without a word

  private DetachedMount() {}

  /// Make a mount.
  ///
  /// @param type of the file system
  /// @param target a directory, where it is mounted for a moment and for that thread alone
  /// @param flags MS_* or-ed
  /// @param directories which the data names
  /// @param data makes the data of short paths of the directories, in the same order
  /// @return the mount's root; the mount goes when it is closed, unless it was attached
  /// @throws SyscallException EPERM without CAP_SYS_ADMIN, E2BIG where the data is longer than a
  ///   page, and what mount(2) says
  public static Fd make(
      String type,
      Path target,
      int flags,
      List<Path> directories,
      Function<List<String>, String> data)
      throws SyscallException {
    return ThrowawayThread.<Fd, SyscallException>run(
        "mountns", () -> mounted(type, target, flags, directories, data));
  }

  /// The directories are opened in the new namespace, since an overlay takes no layers that are
  /// mounted in another (clone_private_mount of the kernel).
  private static Fd mounted(
      String type,
      Path target,
      int flags,
      List<Path> directories,
      Function<List<String>, String> data)
      throws SyscallException {
    var opened = new ArrayList<Fd>();
    try (var arena = Arena.ofConfined()) {
      Kernel.call(Syscall.unshare, "mount namespace", CLONE_NEWNS);
      Kernel.call(Syscall.mount, "/", 0, Kernel.path(arena, "/"), 0, MS_REC | MS_PRIVATE, 0);
      var paths = new ArrayList<String>();
      for (var directory : directories) {
        var fd = Fd.open(directory, Fd.O_PATH | Fd.O_DIRECTORY);
        opened.add(fd);
        paths.add(fd.procPath().toString());
      }
      var text = Kernel.cString(arena, data.apply(paths));
      if (text.byteSize() > DATA_SIZE) {
        throw new SyscallException("mount", type + " on " + target, Errno.E2BIG);
      }
      long at = Kernel.path(arena, RawText.of(target));
      Kernel.call(
          Syscall.mount,
          type + " on " + target,
          Kernel.path(arena, type),
          at,
          Kernel.path(arena, type),
          flags,
          text.address());
      long tree =
          Kernel.call(
              Syscall.open_tree,
              RawText.of(target),
              Kernel.AT_FDCWD,
              at,
              OPEN_TREE_CLONE | Fd.O_CLOEXEC);
      return Fd.owning((int) tree, type);
    } finally {
      opened.forEach(Fd::close);
    }
  }
}
