package jontainers.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// The processors a process joins and runs on (`process.execCPUAffinity` of config.md).
///
/// @param initial a list such as `0-3,7`, before the process enters its cgroup
/// @param last the same, after it (`final` in JSON)
@Json
public record ExecCpuAffinity(
    @Nullable String initial, @Json.Property("final") @Nullable String last) {}
