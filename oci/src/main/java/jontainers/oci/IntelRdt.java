package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Cache and memory bandwidth allocation (`linux.intelRdt` of config-linux.md, resctrl).
@Json
public record IntelRdt(
    @Nullable String closID,
    List<String> schemata,
    @Nullable String l3CacheSchema,
    @Nullable String memBwSchema,
    @Nullable Boolean enableMonitoring) {
  public IntelRdt {
    schemata = Fields.list(schemata);
  }
}
