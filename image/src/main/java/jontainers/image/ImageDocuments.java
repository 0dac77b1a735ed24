package jontainers.image;

import jontainers.image.ImageException.Category;
import jontainers.image.content.ContentStore;
import jontainers.oci.Descriptor;
import jontainers.oci.ImageConfig;
import jontainers.oci.Manifest;
import jontainers.oci.MediaTypes;
import jontainers.oci.OciFormatException;

/// The two documents of an image, read from the store and found to be of one another.
///
/// @param descriptor of the manifest
public record ImageDocuments(Descriptor descriptor, Manifest manifest, ImageConfig config) {

  /// Read them.
  ///
  /// @param shown the image's name for messages
  /// @throws ImageException UNSUPPORTED where it is something else than an image, INVALID where the
  ///   two do not fit
  public static ImageDocuments read(ContentStore content, Descriptor descriptor, String shown)
      throws ImageException {
    try {
      var manifest = Manifest.parse(content.read(descriptor));
      requireImage(manifest, shown);
      var config = ImageConfig.parse(content.read(manifest.config()));
      requireAsManyLayers(manifest, config, shown);
      return new ImageDocuments(descriptor, manifest, config);
    } catch (OciFormatException e) {
      throw new ImageException(Category.INVALID, shown + ": " + e.getMessage(), "", e);
    }
  }

  /// Refuse what is no image, or has layers that nobody knows how to unpack.
  public static void requireImage(Manifest manifest, String shown) throws ImageException {
    if (!MediaTypes.isConfig(manifest.config().mediaType())) {
      String type = manifest.artifactType();
      throw new ImageException(
          Category.UNSUPPORTED,
          shown + " is no image but " + (type == null ? manifest.config().mediaType() : type),
          "");
    }
    for (var layer : manifest.layers()) {
      if (!MediaTypes.isLayer(layer.mediaType())) {
        throw new ImageException(
            Category.UNSUPPORTED, shown + " has a layer of unknown type " + layer.mediaType(), "");
      }
    }
  }

  /// Refuse a configuration that counts other layers than the manifest.
  public static void requireAsManyLayers(Manifest manifest, ImageConfig config, String shown)
      throws ImageException {
    if (config.rootfs().diffIds().size() != manifest.layers().size()) {
      throw new ImageException(
          Category.INVALID,
          shown
              + " has "
              + manifest.layers().size()
              + " layers and digests of "
              + config.rootfs().diffIds().size(),
          "");
    }
  }
}
