package jontainers.image.registry;

import java.util.List;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.content.ContentStore;
import jontainers.image.name.Reference;
import jontainers.image.name.RegistryConfig.Place;
import jontainers.oci.Descriptor;
import jontainers.oci.Index;
import jontainers.oci.Manifest;
import jontainers.oci.ManifestKind;
import jontainers.oci.MediaTypes;
import jontainers.oci.OciFormatException;

/// Push an image, or an index with all its images: children first, the name last.
public final class Push {
  private final RegistryClient client;
  private final ContentStore store;

  /// Prepare.
  public Push(RegistryClient client, ContentStore store) {
    this.client = client;
    this.store = store;
  }

  /// Push.
  ///
  /// @param target what of the store; it has a name or a lease
  /// @param mountFrom other repositories of the same registry that may have some of its content
  public void push(
      Reference reference, Descriptor target, List<String> mountFrom, TransferListener listener)
      throws ImageException {
    var place = new Place(reference.domain(), reference.path());
    try {
      document(place, target, reference.selector(), mountFrom, listener);
    } catch (OciFormatException e) {
      throw new ImageException(Category.INVALID, reference + ": " + e.getMessage(), "", e);
    }
  }

  private void document(
      Place place,
      Descriptor descriptor,
      String selector,
      List<String> mountFrom,
      TransferListener listener)
      throws ImageException {
    byte[] bytes = store.read(descriptor);
    switch (ManifestKind.of(bytes)) {
      case INDEX -> {
        for (var child : Index.parse(bytes).manifests()) {
          if (!store.has(child)) {
            throw new ImageException(
                Category.NOT_FOUND,
                "platform " + child.platform() + " of the index is not here",
                "pull all platforms, or push the image of one");
          }
          if (!MediaTypes.isManifest(child.mediaType()) && !MediaTypes.isIndex(child.mediaType())) {
            blob(place, child, mountFrom, listener);
            continue;
          }
          document(place, child, child.digest().toString(), mountFrom, listener);
        }
      }
      case MANIFEST -> {
        var children = Manifest.parse(bytes).children();
        children.stream()
            .filter(child -> !MediaTypes.isForeign(child.mediaType()))
            .forEach(child -> listener.heard(new TransferListener.Event.Queued(child)));
        for (var child : children) {
          if (!MediaTypes.isForeign(child.mediaType())) {
            blob(place, child, mountFrom, listener);
          }
        }
      }
    }
    client.putManifest(place, selector, descriptor, bytes, listener);
    listener.heard(new TransferListener.Event.Done(descriptor));
  }

  private void blob(
      Place place, Descriptor descriptor, List<String> mountFrom, TransferListener listener)
      throws ImageException {
    if (client.has(place, descriptor.digest(), listener)) {
      listener.heard(new TransferListener.Event.Present(descriptor));
      return;
    }
    for (String from : mountFrom) {
      if (!from.equals(place.path()) && mounted(place, descriptor, from, listener)) {
        listener.heard(new TransferListener.Event.Mounted(descriptor, from));
        return;
      }
    }
    client.upload(place, descriptor, store, listener);
    listener.heard(new TransferListener.Event.Done(descriptor));
  }

  /// A token service may refuse what is asked for the other repository: then it is uploaded.
  private boolean mounted(
      Place place, Descriptor descriptor, String from, TransferListener listener)
      throws ImageException {
    try {
      return client.mount(place, descriptor, from, listener);
    } catch (ImageException e) {
      if (e.category() == Category.UNAUTHORIZED || e.category() == Category.FORBIDDEN) {
        return false;
      }
      throw e;
    }
  }
}
