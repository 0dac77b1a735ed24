package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An image for several platforms: a manifest for each (image-index.md).
///
/// Docker's manifest list has the same shape. `index.json` of an image layout is one, too.
///
/// @param mediaType absent in some of OCI's
@Json
public record Index(
    int schemaVersion,
    @Nullable String mediaType,
    @Nullable String artifactType,
    List<Descriptor> manifests,
    @Nullable Descriptor subject,
    Map<String, String> annotations) {
  public Index {
    ManifestKind.requireVersion(schemaVersion, "index");
    manifests = Fields.list(manifests);
    annotations = Fields.map(annotations);
  }

  /// Make an index of OCI.
  public static Index of(List<Descriptor> manifests) {
    return new Index(2, MediaTypes.INDEX, null, manifests, null, Map.of());
  }

  /// Read an index.
  ///
  /// @throws OciFormatException where it is not JSON, or not such a document, or could be taken for
  ///   a manifest as well
  public static Index parse(byte[] json) {
    ManifestKind.of(json).require(ManifestKind.INDEX);
    return Documents.parse(Index.class, json, "index");
  }

  /// Write it, without what is empty but its manifests.
  public String toJson() {
    return Documents.json(this, "manifests", manifests.isEmpty());
  }
}
