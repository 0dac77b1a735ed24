package jontainers.image.registry;

import java.time.Duration;

/// How long a registry is waited for, and how often it is asked.
///
/// @param connect until a connection stands
/// @param patience for the next byte, or the answer's beginning
/// @param attempts in a row that bring nothing
/// @param firstDelay before the second attempt; doubled for each further one
/// @param longestDelay of all, Retry-After included: a registry that asks for more has failed
public record Timing(
    Duration connect, Duration patience, int attempts, Duration firstDelay, Duration longestDelay) {
  /// For registries far away.
  public static final Timing USUAL =
      new Timing(
          Duration.ofSeconds(20),
          Duration.ofSeconds(60),
          5,
          Duration.ofSeconds(1),
          Duration.ofSeconds(60));
}
