package jontainers.oci;

import io.avaje.jsonb.Json;

/// The container's root filesystem (`root` of config.md).
///
/// @param path a directory, absolute or relative to the bundle
/// @param readonly whether `/` is mounted read-only inside
@Json
public record Root(String path, boolean readonly) {
  public Root {
    Fields.required(path, "root.path");
  }
}
