package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The NUMA memory policy (`linux.memoryPolicy` of config-linux.md, set_mempolicy(2)).
///
/// @param mode such as `MPOL_BIND`
/// @param nodes a list such as `0-1`
/// @param flags such as `MPOL_F_STATIC_NODES`
@Json
public record MemoryPolicy(@Nullable String mode, @Nullable String nodes, List<String> flags) {
  public MemoryPolicy {
    flags = Fields.list(flags);
  }
}
