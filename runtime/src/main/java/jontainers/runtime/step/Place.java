package jontainers.runtime.step;

import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;

/// Where a file is looked up: below a mount that this container has made, or from its root.
///
/// Below a mount nobody can put anything else in the way. From the root somebody could, who shares
/// the root filesystem and renames its directories meanwhile: what is found at /proc/kcore then is
/// not the kernel's (CVE-2019-19921, CVE-2025-52881).
///
/// @param directory the descriptor to begin at
/// @param below the path from there
/// @param path the path as a user knows it
public record Place(int directory, String below, String path) {
  private static final int AT_FDCWD = -100;

  /// Look it up from the root.
  public static Place inRoot(String path) {
    return new Place(AT_FDCWD, path, path);
  }

  /// Look it up below a mount.
  ///
  /// @param tree the index of the mount, which is at `target`
  public static Place below(int tree, String target, String path) {
    String below = path.substring(target.length());
    return new Place(Descriptors.tree(tree), below.isEmpty() ? "." : below.substring(1), path);
  }

  Argument start() {
    return directory == AT_FDCWD ? Bits.AT_FDCWD : Argument.of(directory);
  }

  /// Open it; a link leads nowhere but inside the root, or inside the mount it is below.
  Call open(int flags, String names, Argument.Value resolve) {
    return Call.of(
        Syscall.openat2,
        path,
        start(),
        below,
        Argument.Struct.of(
            "{flags=" + names + ", resolve=" + resolve + "}",
            Bits.longs(flags, 0, resolve.value())),
        24);
  }

  /// Open it only to act on it by its descriptor.
  Call open(Argument.Value resolve) {
    return open(0x280000, "O_PATH|O_CLOEXEC", resolve);
  }

  Call exists() {
    return exists("");
  }

  Call isDirectory() {
    return exists("/.");
  }

  private Call exists(String suffix) {
    return Call.of(Syscall.faccessat, path, start(), below + suffix, Argument.of(0, "F_OK"))
        .allowedToFail();
  }
}
