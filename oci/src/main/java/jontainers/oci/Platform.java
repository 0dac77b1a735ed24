package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an image runs on, in Go's words (`platform` of image-index.md).
///
/// @param architecture `amd64`, `arm64`, `arm`, …
/// @param os `linux`; empty where it is not said, as the architecture may be
/// @param variant of the architecture, such as `v7` of `arm`
@Json
public record Platform(
    String architecture,
    String os,
    @Json.Property("os.version") @Nullable String osVersion,
    @Json.Property("os.features") List<String> osFeatures,
    @Nullable String variant) {
  public Platform {
    architecture = Fields.or(architecture, "");
    os = Fields.or(os, "");
    osFeatures = Fields.list(osFeatures);
  }

  /// Name a platform by its three common parts.
  public static Platform of(String os, String architecture, @Nullable String variant) {
    return new Platform(architecture, os, null, List.of(), variant);
  }

  /// Tell whether it says nothing.
  public boolean isEmpty() {
    return os.isEmpty() && architecture.isEmpty();
  }

  /// As `--platform` takes it: `linux/arm/v7`.
  @Override
  public String toString() {
    return os + "/" + architecture + (variant == null || variant.isEmpty() ? "" : "/" + variant);
  }
}
