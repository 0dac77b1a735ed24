package jontainers.linux.seccomp;

/// Flags of SECCOMP_SET_MODE_FILTER (seccomp(2)).
public enum FilterFlag {
  SECCOMP_FILTER_FLAG_TSYNC(1),
  SECCOMP_FILTER_FLAG_LOG(1 << 1),
  SECCOMP_FILTER_FLAG_SPEC_ALLOW(1 << 2),
  SECCOMP_FILTER_FLAG_NEW_LISTENER(1 << 3),
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH(1 << 4),
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV(1 << 5);

  private final int bit;

  FilterFlag(int bit) {
    this.bit = bit;
  }

  int bit() {
    return bit;
  }

  /// Find a flag by its name.
  ///
  /// @throws IllegalArgumentException where nobody knows the name
  public static FilterFlag parse(String name) {
    for (var flag : values()) {
      if (flag.name().equals(name)) {
        return flag;
      }
    }
    throw new IllegalArgumentException("no such seccomp flag: " + name);
  }
}
