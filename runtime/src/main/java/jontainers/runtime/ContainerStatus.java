package jontainers.runtime;

import java.util.Locale;

/// Where a container is in its life: runtime.md, "State", and `paused`, which runtimes add.
public enum ContainerStatus {
  CREATING,
  CREATED,
  RUNNING,
  PAUSED,
  STOPPED;

  /// Return it as the specification spells it.
  public String ociName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
