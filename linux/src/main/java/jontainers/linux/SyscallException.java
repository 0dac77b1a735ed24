package jontainers.linux;

import java.io.IOException;

/// Tell which system call failed on what, and why.
///
/// The message reads `mount overlay on /run/x/rootfs: EINVAL (Invalid argument)`; netlink appends
/// the kernel's extended acknowledgement. The one exception of this module.
public final class SyscallException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final String object;
  private final Errno errno;
  private final String detail;

  /// Make one for a failed call.
  ///
  /// @param call the system call's name, as in section 2 of the manual
  /// @param object what it was applied to, in the user's words; may be empty
  public SyscallException(String call, String object, Errno errno) {
    this(call, object, errno, "");
  }

  /// Make one with the kernel's own explanation.
  ///
  /// @param detail what else the kernel said (netlink's extack), or empty
  public SyscallException(String call, String object, Errno errno, String detail) {
    super(
        (object.isEmpty() ? call : call + " " + object)
            + ": "
            + errno
            + " ("
            + errno.text()
            + ")"
            + (detail.isEmpty() ? "" : ": " + detail));
    this.call = call;
    this.object = object;
    this.errno = errno;
    this.detail = detail;
  }

  public String call() {
    return call;
  }

  public String object() {
    return object;
  }

  public Errno errno() {
    return errno;
  }

  /// Return the kernel's own words beside the number, or empty.
  public String detail() {
    return detail;
  }
}
