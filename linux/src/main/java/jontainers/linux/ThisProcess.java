package jontainers.linux;

/// What this JVM is to the kernel.
public final class ThisProcess {
  private ThisProcess() {}

  /// Return the effective user: geteuid(2).
  public static int euid() {
    return (int) Kernel.once(Syscall.geteuid);
  }

  /// Return the effective group: getegid(2).
  public static int egid() {
    return (int) Kernel.once(Syscall.getegid);
  }

  /// End this process at once: exit_group(2).
  ///
  /// System.exit waits 300 ms when a thread sits in a system call. Whatever must be closed or
  /// flushed has been.
  public static void exit(int code) {
    var _ = Kernel.once(Syscall.exit_group, code);
  }
}
