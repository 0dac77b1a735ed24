package jontainers.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// Limits of the memory cgroup in bytes, `-1` for none (`linux.resources.memory`).
///
/// @param swap memory and swap together
@Json
public record Memory(
    @Nullable Long limit,
    @Nullable Long reservation,
    @Nullable Long swap,
    @Nullable Long kernel,
    @Nullable Long kernelTCP,
    @Nullable Long swappiness,
    @Nullable Boolean disableOOMKiller,
    @Nullable Boolean useHierarchy,
    @Nullable Boolean checkBeforeUpdate) {
  /// Limit memory, and memory and swap together.
  public static Memory of(@Nullable Long limit, @Nullable Long reservation, @Nullable Long swap) {
    return new Memory(limit, reservation, swap, null, null, null, null, null, null);
  }

  /// Return the same with another limit of memory and swap together.
  public Memory withSwap(long value) {
    return new Memory(
        limit,
        reservation,
        value,
        kernel,
        kernelTCP,
        swappiness,
        disableOOMKiller,
        useHierarchy,
        checkBeforeUpdate);
  }
}
