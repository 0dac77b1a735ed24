package jontainers.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.oci.Digest;

/// Remove an image as Docker does: the name that was given, and the image itself with its last
/// name, unless a container needs it.
public final class ImageRemoval {
  private final ImageStore images;
  private final List<ContainerState> containers;

  ImageRemoval(ImageStore images, List<ContainerState> containers) {
    this.images = images;
    this.containers = containers;
  }

  /// What was removed.
  ///
  /// @param untagged the names that are gone, as Docker shows them
  /// @param deleted the ids of images that are gone
  /// @param bytes that are free now
  public record Outcome(List<String> untagged, List<Digest> deleted, long bytes) {}

  /// Remove.
  ///
  /// @param nameOrId with an id, all names of the image go
  /// @param force even where the image has several names or a container that has ended needs it
  Outcome remove(String nameOrId, boolean force) throws EngineException {
    try {
      var damaged = images.damaged(nameOrId);
      if (damaged.isPresent()) {
        requireReadable("unable to delete " + nameOrId);
        return outcome(List.of(damaged.get()));
      }
      var image = images.get(nameOrId);
      var named = given(image, nameOrId);
      var going = named.isEmpty() ? image.names() : named;
      boolean last = going.size() == image.names().size();
      if (named.isEmpty() && repositories(image) > 1 && !force) {
        throw conflict(
            "unable to delete "
                + image.shortId()
                + " (must be forced) - image is referenced in multiple repositories");
      }
      if (last) {
        requireUnused(image, nameOrId, !named.isEmpty(), force);
      }
      return outcome(going);
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }

  private Outcome outcome(List<Image.Name> going) throws ImageException {
    var removed = images.remove(going);
    return new Outcome(
        going.stream().flatMap(n -> n.reference().stream()).map(r -> r.familiar()).toList(),
        removed.images(),
        removed.bytes());
  }

  /// Return the names that are meant, none where the image is named by an id.
  private List<Image.Name> given(Image image, String text) throws ImageException {
    if (text.startsWith("sha256:") || text.matches("[a-f0-9]{64}")) {
      return List.of();
    }
    var reference = images.reference(text);
    return image.names().stream()
        .filter(n -> n.reference().filter(r -> r.equals(reference)).isPresent())
        .toList();
  }

  private static long repositories(Image image) {
    return image.names().stream()
        .flatMap(n -> n.reference().stream())
        .map(r -> r.repository())
        .distinct()
        .count();
  }

  private void requireUnused(Image image, String shown, boolean byName, boolean force)
      throws EngineException {
    requireReadable("unable to delete " + image.shortId());
    for (var container : containers) {
      if (!image.id().toString().equals(container.imageId())) {
        continue;
      }
      boolean runs = container.status() != ContainerStatus.EXITED;
      if (runs || !force) {
        String what =
            byName && !runs
                ? "unable to remove repository reference \"" + shown + "\""
                : "unable to delete " + image.shortId();
        throw conflict(
            what
                + (runs ? " (cannot be forced)" : " (must force)")
                + (byName && !runs
                    ? " - container "
                        + container.shortId()
                        + " is using its referenced image "
                        + image.shortId()
                    : " - image is being used by "
                        + (runs ? "running" : "stopped")
                        + " container "
                        + container.shortId()));
      }
    }
  }

  /// A container whose record cannot be read may be made of any image.
  private void requireReadable(String what) throws EngineException {
    for (var container : containers) {
      if (container.status() == ContainerStatus.UNREADABLE) {
        throw new EngineException(
            EngineException.Category.CONFLICT,
            "conflict: "
                + what
                + " (cannot be forced) - container "
                + container.shortId()
                + " may use it, whose record cannot be read",
            "jontainers rm " + container.shortId() + " tells what is wrong with it");
      }
    }
  }

  private static EngineException conflict(String message) {
    return new EngineException(EngineException.Category.CONFLICT, "conflict: " + message);
  }

  /// Remove images that no container is made of.
  ///
  /// @param all and not only those without a name
  /// @param filter says which of them
  Outcome prune(boolean all, Predicate<Image> filter) throws EngineException {
    requireReadable("unable to tell which images are not used");
    var used = containers.stream().map(ContainerState::imageId).toList();
    var untagged = new ArrayList<String>();
    var names = new ArrayList<Image.Name>();
    try {
      for (var image : images.list()) {
        if (!used.contains(image.id().toString())
            && (all || image.tags().isEmpty())
            && filter.test(image)) {
          names.addAll(image.names());
          untagged.addAll(image.tags());
        }
      }
      var removed = images.remove(names);
      return new Outcome(untagged, removed.images(), removed.bytes());
    } catch (ImageException e) {
      throw Failures.of(e);
    }
  }
}
