package jontainers.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// Limits of the cpu and cpuset cgroups, times in microseconds (`linux.resources.cpu`).
///
/// @param cpus a list such as `0-3,7`, as `mems` is
@Json
public record Cpu(
    @Nullable Long shares,
    @Nullable Long quota,
    @Nullable Long burst,
    @Nullable Long period,
    @Nullable Long realtimeRuntime,
    @Nullable Long realtimePeriod,
    @Nullable String cpus,
    @Nullable String mems,
    @Nullable Long idle) {
  /// Limit by weight, by quota in a period, and to processors.
  public static Cpu of(
      @Nullable Long shares,
      @Nullable Long quota,
      @Nullable Long period,
      @Nullable String cpus,
      @Nullable String mems) {
    return new Cpu(shares, quota, null, period, null, null, cpus, mems, null);
  }
}
