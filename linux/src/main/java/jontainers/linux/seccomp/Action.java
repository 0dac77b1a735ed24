package jontainers.linux.seccomp;

import jontainers.linux.Errno;

/// What a filter answers for a call: a SECCOMP_RET_* value of include/uapi/linux/seccomp.h.
public record Action(int value) {
  public static final Action KILL_PROCESS = new Action(0x80000000);
  public static final Action KILL_THREAD = new Action(0);
  public static final Action TRAP = new Action(0x00030000);
  public static final Action NOTIFY = new Action(0x7fc00000);
  public static final Action LOG = new Action(0x7ffc0000);
  public static final Action ALLOW = new Action(0x7fff0000);

  private static final int ERRNO = 0x00050000;
  private static final int TRACE = 0x7ff00000;
  private static final int DATA = 0xffff;

  /// Let the call fail with an error; a number of the profile may be one that we do not name.
  public static Action errno(int number) {
    return new Action(ERRNO | (number & DATA));
  }

  /// Ask the tracer, who gets the number as its event message.
  public static Action trace(int number) {
    return new Action(TRACE | (number & DATA));
  }

  /// Read an action as profiles name it, EPERM being the number where none is given.
  ///
  /// @throws IllegalArgumentException where nobody knows the name
  public static Action parse(String name) {
    return parse(name, Errno.EPERM.number());
  }

  /// Read an action as profiles name it.
  ///
  /// @param number of `SCMP_ACT_ERRNO` and `SCMP_ACT_TRACE`
  /// @throws IllegalArgumentException where nobody knows the name
  public static Action parse(String name, int number) {
    return switch (name) {
      case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> KILL_THREAD;
      case "SCMP_ACT_KILL_PROCESS" -> KILL_PROCESS;
      case "SCMP_ACT_TRAP" -> TRAP;
      case "SCMP_ACT_ERRNO" -> errno(number);
      case "SCMP_ACT_TRACE" -> trace(number);
      case "SCMP_ACT_ALLOW" -> ALLOW;
      case "SCMP_ACT_LOG" -> LOG;
      case "SCMP_ACT_NOTIFY" -> NOTIFY;
      default -> throw new IllegalArgumentException("no such seccomp action: " + name);
    };
  }

  /// By hand as [#hashCode] is, since the generated ones cost milliseconds of a cold start.
  @Override
  public boolean equals(Object other) {
    return other instanceof Action action && action.value == value;
  }

  @Override
  public int hashCode() {
    return value;
  }

  /// Tell whether a call goes on, perhaps in a tracer's hands.
  boolean isPermissive() {
    return equals(ALLOW) || equals(LOG) || (value & ~DATA) == TRACE;
  }
}
