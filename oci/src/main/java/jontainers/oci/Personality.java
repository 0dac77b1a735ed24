package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;

/// The execution domain (`linux.personality` of config-linux.md, personality(2)).
///
/// @param domain `LINUX` or `LINUX32`
@Json
public record Personality(String domain, List<String> flags) {
  public Personality {
    Fields.required(domain, "linux.personality.domain");
    flags = Fields.list(flags);
  }
}
