package jontainers.runtime;

/// How a container is made that is started later, by another command: `create` of runtime.md.
///
/// @param keyring the name of its new session keyring; empty to keep the caller's
/// @param rootChange how its root filesystem becomes the root
/// @param driver who moves it into its cgroups
/// @param preserved how many descriptors of the caller it is given, from 3 upwards
public record Creation(String keyring, RootChange rootChange, CgroupDriver driver, int preserved) {
  /// So many descriptors can be passed on: they are kept from number 800 on until then, which a
  /// limit of 1024 open files allows.
  public static final int MOST_PRESERVED = 200;

  /// How a root filesystem becomes the root.
  public enum RootChange {
    /// By pivot_root(2): nothing of the host is left.
    PIVOT,
    /// By a move over the root and chroot(2), for a host whose root is an initramfs.
    MOVE
  }

  public Creation {
    if (preserved < 0 || preserved > MOST_PRESERVED) {
      throw new IllegalArgumentException(
          "0 to " + MOST_PRESERVED + " descriptors can be passed on, not " + preserved);
    }
  }
}
