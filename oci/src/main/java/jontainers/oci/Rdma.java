package jontainers.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// Limits of the rdma cgroup for one device (`linux.resources.rdma`).
@Json
public record Rdma(@Nullable Long hcaHandles, @Nullable Long hcaObjects) {}
