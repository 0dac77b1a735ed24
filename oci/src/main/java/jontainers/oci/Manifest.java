package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An image for one platform: its configuration and its layers, lowest first (manifest.md).
///
/// Docker's schema 2 has the same shape. What is stored and named by a digest is the document's own
/// bytes, never this record written again.
///
/// @param mediaType absent in some of OCI's
/// @param artifactType what it is when it is no image
/// @param subject what it is about, such as the image that a signature signs
@Json
public record Manifest(
    int schemaVersion,
    @Nullable String mediaType,
    @Nullable String artifactType,
    Descriptor config,
    List<Descriptor> layers,
    @Nullable Descriptor subject,
    Map<String, String> annotations) {
  public Manifest {
    ManifestKind.requireVersion(schemaVersion, "manifest");
    Fields.required(config, "manifest.config");
    layers = Fields.list(layers);
    annotations = Fields.map(annotations);
  }

  /// Make an image of OCI.
  public static Manifest of(Descriptor config, List<Descriptor> layers) {
    return new Manifest(2, MediaTypes.MANIFEST, null, config, layers, null, Map.of());
  }

  /// Read a manifest.
  ///
  /// @throws OciFormatException where it is not JSON, or not such a document, or could be taken for
  ///   an index as well
  public static Manifest parse(byte[] json) {
    ManifestKind.of(json).require(ManifestKind.MANIFEST);
    return Documents.parse(Manifest.class, json, "manifest");
  }

  /// Return what it needs: its configuration, then its layers.
  public List<Descriptor> children() {
    var children = new ArrayList<Descriptor>();
    children.add(config);
    children.addAll(layers);
    return List.copyOf(children);
  }

  /// Write it, without what is empty but the layers.
  public String toJson() {
    return Documents.json(this, "layers", layers.isEmpty());
  }
}
