package jontainers.cli;

import java.util.HashSet;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.oci.Digest;

/// How many bytes the files of an image have, those of a layer that is not unpacked being counted
/// as they are packed.
final class ImageSize {
  private ImageSize() {}

  static long of(ImageStore images, Image image) throws ImageException {
    long size = 0;
    var counted = new HashSet<Digest>();
    for (int i = 0; i < image.diffIds().size(); i++) {
      if (counted.add(image.diffIds().get(i))) {
        size += ofLayer(images, image, i);
      }
    }
    return size;
  }

  static long ofLayer(ImageStore images, Image image, int index) throws ImageException {
    var layer = images.layers().find(image.diffIds().get(index));
    return layer.isPresent() ? layer.get().size() : image.document().layers().get(index).size();
  }
}
