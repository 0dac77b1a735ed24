package jontainers.oci;

/// Tell what a document is by its own fields.
///
/// A document that could be read in two ways has one digest and two meanings: CVE-2021-41190. So
/// whatever is ambiguous is refused.
public enum ManifestKind {
  MANIFEST,
  INDEX;

  private static final int VERSION = 2;

  /// JSON of images is flat; a reader that goes down by recursion must not be led too deep.
  private static final int DEEPEST = 64;

  /// Look at a document.
  ///
  /// @throws OciFormatException where it is neither, or both, or says that it is something else
  public static ManifestKind of(byte[] json) {
    requireFlat(json);
    var shape = Documents.parse(ManifestShape.class, json, "manifest");
    if ((shape.schemaVersion() != null && shape.schemaVersion() == 1) || shape.fsLayers() != null) {
      throw new OciFormatException(
          "manifest is of schema 1, which is obsolete and names no verifiable content");
    }
    boolean manifest = shape.config() != null || shape.layers() != null;
    boolean index = shape.manifests() != null;
    if (manifest && index) {
      throw new OciFormatException("manifest is ambiguous: it has both layers and manifests");
    }
    if (!manifest && !index) {
      throw new OciFormatException("manifest is not valid: it has neither layers nor manifests");
    }
    var kind = index ? INDEX : MANIFEST;
    var mediaType = shape.mediaType();
    if (mediaType != null && !mediaType.isEmpty() && !kind.isCalled(mediaType)) {
      throw new OciFormatException(
          "manifest contradicts itself: it is an "
              + (index ? "index" : "image")
              + " and says that it is "
              + mediaType);
    }
    return kind;
  }

  /// Tell whether a media type is one of this kind.
  public boolean isCalled(String mediaType) {
    return this == INDEX ? MediaTypes.isIndex(mediaType) : MediaTypes.isManifest(mediaType);
  }

  /// Return what a document without a media type of its own is.
  public String ociMediaType() {
    return this == INDEX ? MediaTypes.INDEX : MediaTypes.MANIFEST;
  }

  void require(ManifestKind expected) {
    if (this != expected) {
      throw new OciFormatException(
          expected == INDEX ? "index expected, and not an image" : "image expected, and no index");
    }
  }

  static void requireVersion(int version, String name) {
    if (version != VERSION) {
      throw new OciFormatException(name + ".schemaVersion is not 2: " + version);
    }
  }

  /// Refuse JSON of a depth that no document of images has.
  static void requireFlat(byte[] json) {
    int depth = 0;
    boolean text = false;
    for (int i = 0; i < json.length; i++) {
      switch (json[i]) {
        case '\\' -> i += text ? 1 : 0;
        case '"' -> text = !text;
        case '{', '[' -> depth += text ? 0 : 1;
        case '}', ']' -> depth -= text ? 0 : 1;
        default -> {}
      }
      if (depth > DEEPEST) {
        throw new OciFormatException("document is not valid: nested deeper than " + DEEPEST);
      }
    }
  }
}
