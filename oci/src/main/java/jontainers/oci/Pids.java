package jontainers.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// The limit of the pids cgroup; `-1` for none (`linux.resources.pids`).
@Json
public record Pids(@Nullable Long limit) {}
