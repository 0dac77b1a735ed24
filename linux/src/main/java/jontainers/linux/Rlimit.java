package jontainers.linux;

import java.util.Arrays;
import java.util.Locale;

/// The resources that are limited, by name and number (getrlimit(2)).
///
/// Source: include/uapi/asm-generic/resource.h; x86-64 and aarch64 share it.
public enum Rlimit {
  RLIMIT_CPU(0),
  RLIMIT_FSIZE(1),
  RLIMIT_DATA(2),
  RLIMIT_STACK(3),
  RLIMIT_CORE(4),
  RLIMIT_RSS(5),
  RLIMIT_NPROC(6),
  RLIMIT_NOFILE(7),
  RLIMIT_MEMLOCK(8),
  RLIMIT_AS(9),
  RLIMIT_LOCKS(10),
  RLIMIT_SIGPENDING(11),
  RLIMIT_MSGQUEUE(12),
  RLIMIT_NICE(13),
  RLIMIT_RTPRIO(14),
  RLIMIT_RTTIME(15);

  /// No limit; unsigned, the largest number.
  public static final long RLIM_INFINITY = -1;

  private static final String PREFIX = "RLIMIT_";

  private final int number;

  Rlimit(int number) {
    this.number = number;
  }

  /// Return its number.
  public int number() {
    return number;
  }

  /// Find a resource by a name such as `RLIMIT_NOFILE` or `nofile`.
  ///
  /// @throws IllegalArgumentException where nobody knows the name, naming one that is like it
  public static Rlimit parse(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    String full = upper.startsWith(PREFIX) ? upper : PREFIX + upper;
    for (var resource : values()) {
      if (resource.name().equals(full)) {
        return resource;
      }
    }
    var names = Arrays.stream(values()).map(Rlimit::name).toList();
    throw new IllegalArgumentException("no such resource limit: " + name + Nearest.of(full, names));
  }
}
