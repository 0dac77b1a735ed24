package jontainers.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// A namespace to make, or to join at a path (`linux.namespaces` of config-linux.md).
///
/// @param type `mount`, `pid`, `network`, `uts`, `ipc`, `user`, `cgroup` or `time`
/// @param path a namespace file to join, absent or empty to make a new one
@Json
public record Namespace(String type, @Nullable String path) {
  public Namespace {
    Fields.required(type, "linux.namespaces.type");
    path = path == null || path.isEmpty() ? null : path; // as Go's tools leave it out
  }

  /// Make a new namespace rather than join one.
  public static Namespace of(String type) {
    return new Namespace(type, null);
  }
}
