package jontainers.oci;

import java.util.Map;
import java.util.Set;

/// The media types of images: OCI's (media-types.md) and those of Docker's "Image Manifest V2,
/// Schema 2".
public final class MediaTypes {
  public static final String INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  public static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
  public static final String LAYER_GZIP = LAYER + "+gzip";
  public static final String LAYER_ZSTD = LAYER + "+zstd";
  public static final String EMPTY = "application/vnd.oci.empty.v1+json";

  public static final String DOCKER_INDEX =
      "application/vnd.docker.distribution.manifest.list.v2+json";
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
  public static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
  public static final String DOCKER_LAYER_GZIP = DOCKER_LAYER + ".gzip";
  public static final String DOCKER_LAYER_ZSTD = DOCKER_LAYER + ".zstd";

  /// Layers that a registry may not have itself; deprecated by OCI.
  private static final Set<String> FOREIGN =
      Set.of(
          "application/vnd.oci.image.layer.nondistributable.v1.tar",
          "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
          "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
          "application/vnd.docker.image.rootfs.foreign.diff.tar",
          "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");

  private static final Set<String> LAYERS =
      Set.of(LAYER, LAYER_GZIP, LAYER_ZSTD, DOCKER_LAYER, DOCKER_LAYER_GZIP, DOCKER_LAYER_ZSTD);

  private static final Map<String, String> OCI_LAYERS =
      Map.of(DOCKER_LAYER, LAYER, DOCKER_LAYER_GZIP, LAYER_GZIP, DOCKER_LAYER_ZSTD, LAYER_ZSTD);

  private MediaTypes() {}

  /// Return OCI's name for a layer that has one of Docker's; the bytes are the same.
  public static String ociLayer(String mediaType) {
    return OCI_LAYERS.getOrDefault(mediaType, mediaType);
  }

  public static boolean isIndex(String mediaType) {
    return mediaType.equals(INDEX) || mediaType.equals(DOCKER_INDEX);
  }

  public static boolean isManifest(String mediaType) {
    return mediaType.equals(MANIFEST) || mediaType.equals(DOCKER_MANIFEST);
  }

  public static boolean isConfig(String mediaType) {
    return mediaType.equals(CONFIG) || mediaType.equals(DOCKER_CONFIG);
  }

  /// Tell whether it is a layer that can be unpacked, foreign ones included.
  public static boolean isLayer(String mediaType) {
    return LAYERS.contains(mediaType) || isForeign(mediaType);
  }

  /// Tell whether it is a layer that is fetched from its `urls` and pushed nowhere.
  public static boolean isForeign(String mediaType) {
    return FOREIGN.contains(mediaType);
  }
}
