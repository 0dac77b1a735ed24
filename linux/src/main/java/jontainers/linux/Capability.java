package jontainers.linux;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// The kernel's capabilities by name and number (capabilities(7)).
///
/// Source: include/uapi/linux/capability.h. A set is a `long` with a bit for each number; the
/// kernel may know more than are named here.
public enum Capability {
  CAP_CHOWN(0),
  CAP_DAC_OVERRIDE(1),
  CAP_DAC_READ_SEARCH(2),
  CAP_FOWNER(3),
  CAP_FSETID(4),
  CAP_KILL(5),
  CAP_SETGID(6),
  CAP_SETUID(7),
  CAP_SETPCAP(8),
  CAP_LINUX_IMMUTABLE(9),
  CAP_NET_BIND_SERVICE(10),
  CAP_NET_BROADCAST(11),
  CAP_NET_ADMIN(12),
  CAP_NET_RAW(13),
  CAP_IPC_LOCK(14),
  CAP_IPC_OWNER(15),
  CAP_SYS_MODULE(16),
  CAP_SYS_RAWIO(17),
  CAP_SYS_CHROOT(18),
  CAP_SYS_PTRACE(19),
  CAP_SYS_PACCT(20),
  CAP_SYS_ADMIN(21),
  CAP_SYS_BOOT(22),
  CAP_SYS_NICE(23),
  CAP_SYS_RESOURCE(24),
  CAP_SYS_TIME(25),
  CAP_SYS_TTY_CONFIG(26),
  CAP_MKNOD(27),
  CAP_LEASE(28),
  CAP_AUDIT_WRITE(29),
  CAP_AUDIT_CONTROL(30),
  CAP_SETFCAP(31),
  CAP_MAC_OVERRIDE(32),
  CAP_MAC_ADMIN(33),
  CAP_SYSLOG(34),
  CAP_WAKE_ALARM(35),
  CAP_BLOCK_SUSPEND(36),
  CAP_AUDIT_READ(37),
  CAP_PERFMON(38),
  CAP_BPF(39),
  CAP_CHECKPOINT_RESTORE(40);

  private static final String PREFIX = "CAP_";
  private static final String ALL = "ALL";

  private final int number;

  Capability(int number) {
    this.number = number;
  }

  /// Return its number.
  public int number() {
    return number;
  }

  /// Return the set of this one.
  public long bit() {
    return 1L << number();
  }

  /// Find a capability by a name such as `CAP_CHOWN` or `chown`.
  public static Optional<Capability> find(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    String full = upper.startsWith(PREFIX) ? upper : PREFIX + upper;
    for (var capability : values()) {
      if (capability.name().equals(full)) {
        return Optional.of(capability);
      }
    }
    return Optional.empty();
  }

  /// Find the capabilities that a name stands for, `ALL` standing for each.
  ///
  /// @throws IllegalArgumentException where nobody knows the name, naming one that is like it
  public static Set<Capability> parse(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    if (upper.equals(ALL) || upper.equals(PREFIX + ALL)) {
      return EnumSet.allOf(Capability.class);
    }
    return find(name)
        .map(Set::of)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no such capability: "
                    + name
                    + Nearest.of(upper.startsWith(PREFIX) ? upper : PREFIX + upper, names())));
  }

  /// Return the set of the names; unknown ones are not in it (see [#unknown]).
  public static long mask(Collection<String> names) {
    long mask = 0;
    for (String name : names) {
      mask |= find(name).map(Capability::bit).orElse(0L);
    }
    return mask;
  }

  /// Return the names that nobody knows, which a runtime is to warn of (config.md, "Process").
  public static List<String> unknown(Collection<String> names) {
    return names.stream().filter(name -> find(name).isEmpty()).toList();
  }

  /// Return the names of a set, in the order of their numbers.
  public static List<String> names(long mask) {
    var names = new ArrayList<String>();
    for (var capability : values()) {
      if ((mask & capability.bit()) != 0) {
        names.add(capability.name());
      }
    }
    return names;
  }

  /// Return the highest number that the running kernel knows; all named here if it does not say.
  public static int last() {
    try {
      return Integer.parseInt(Sysctl.read("kernel.cap_last_cap"));
    } catch (SyscallException | NumberFormatException e) {
      return CAP_CHECKPOINT_RESTORE.number();
    }
  }

  private static List<String> names() {
    return names(-1L);
  }
}
