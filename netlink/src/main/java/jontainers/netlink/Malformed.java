package jontainers.netlink;

import jontainers.linux.Errno;
import jontainers.linux.SyscallException;

/// Say what is wrong with a message that does not keep to its own lengths.
final class Malformed {
  private Malformed() {}

  static SyscallException because(String what) {
    return new SyscallException("recvfrom", "netlink", Errno.EBADMSG, what);
  }

  /// Round up to 4 as `NLMSG_ALIGN` and `NLA_ALIGN` do.
  static int align(int length) {
    return (length + 3) & ~3;
  }
}
