package jontainers.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.registry.PlatformMatch;
import jontainers.oci.Digest;
import jontainers.oci.ImageConfig;

/// What the root filesystem of a container lies upon.
///
/// @param image in the user's words
/// @param id of an image of the store, else empty
/// @param layers its layers' diffIDs, lowest first
/// @param lower directories, the uppermost first
/// @param layersRoot what the directories of an image lie in
/// @param config what the image says of a container
record Base(
    RootImage image,
    String id,
    List<Digest> layers,
    List<Path> lower,
    Optional<Path> layersRoot,
    ImageConfig.Config config) {

  /// Where images come from; asked for images of the store alone.
  interface Images {
    ImageStore open() throws EngineException;
  }

  /// Find what a container is to be made over.
  ///
  /// @throws EngineException NOT_FOUND where there is no such image
  static Base of(RootImage image, Images images) throws EngineException {
    return switch (image) {
      case RootImage.Host _ -> of(image, Path.of("/"));
      case RootImage.Rootfs rootfs -> of(image, rootfs.directory());
      case RootImage.Stored stored -> of(stored, images.open());
    };
  }

  private static Base of(RootImage image, Path lower) {
    return new Base(
        image, "", List.of(), List.of(lower), Optional.empty(), ImageConfig.Config.NONE);
  }

  private static Base of(RootImage.Stored stored, ImageStore store) throws EngineException {
    try {
      var image = find(stored, store);
      return new Base(
          stored,
          image.id().toString(),
          image.diffIds(),
          lower(store, image.diffIds()),
          Optional.of(store.layers().directory()),
          image.config().config());
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  private static Image find(RootImage.Stored stored, ImageStore store) throws ImageException {
    return store.get(
        stored.name(),
        stored.platform().isEmpty()
            ? PlatformMatch.host()
            : PlatformMatch.parse(stored.platform()));
  }

  /// Return where layers are, or would be, the uppermost first.
  static List<Path> lower(ImageStore store, List<Digest> diffIds) {
    var lower = new ArrayList<Path>();
    for (var diffId : diffIds.reversed()) {
      var path = store.layers().path(diffId);
      if (!lower.contains(path)) { // overlayfs takes each once; the upper one hides the other
        lower.add(path);
      }
    }
    return List.copyOf(lower);
  }

  /// Have all layers unpacked.
  void unpack(ImageStore store) throws EngineException {
    try {
      if (!isUnpacked() && image instanceof RootImage.Stored stored) {
        var _ = store.unpack(find(stored, store));
      }
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  /// Tell whether all layers are there.
  boolean isUnpacked() {
    return lower.stream().allMatch(Files::isDirectory);
  }
}
