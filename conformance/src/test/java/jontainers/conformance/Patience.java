package jontainers.conformance;

import java.time.Duration;

/// How long to wait for what will come: ten times as long on a machine that is emulated.
final class Patience {
  private static final long FACTOR = Boolean.getBoolean("jontainers.emulated") ? 10 : 1;

  private Patience() {}

  static Duration ofSeconds(long seconds) {
    return Duration.ofSeconds(FACTOR * seconds);
  }
}
