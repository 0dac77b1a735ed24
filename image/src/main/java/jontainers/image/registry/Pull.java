package jontainers.image.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import jontainers.image.ImageDocuments;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.archive.ArchiveLimits;
import jontainers.image.content.ContentStore;
import jontainers.image.content.FullDisk;
import jontainers.image.content.Ingest;
import jontainers.image.content.Lease;
import jontainers.image.layer.LayerLimits;
import jontainers.image.name.Reference;
import jontainers.image.name.RegistryConfig.Place;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.ImageConfig;
import jontainers.oci.Index;
import jontainers.oci.Manifest;
import jontainers.oci.ManifestKind;
import jontainers.oci.MediaTypes;
import jontainers.oci.OciFormatException;
import org.jspecify.annotations.Nullable;

/// Pull an image for one platform into a store, several layers at once.
///
/// The name is given at the end, when all that it reaches is there. What a pull that was cut off
/// has fetched, the next one goes on with. Layers are fetched by platform threads, since the
/// store's locks block the kernel's thread.
public final class Pull {
  /// As many layers as Docker fetches at once.
  public static final int PARALLEL = 3;

  /// An image lies in one index, or in two of which one is for another tool.
  private static final int MOST_INDEXES = 16;

  private final RegistryClient client;
  private final ContentStore store;
  private final int parallel;

  /// Prepare.
  ///
  /// @param parallel how many layers are fetched at once
  public Pull(RegistryClient client, ContentStore store, int parallel) {
    this.client = client;
    this.store = store;
    this.parallel = parallel;
  }

  /// What a name now stands for.
  ///
  /// @param target what the registry has by this name: an index, or the manifest
  /// @param manifest of the platform
  public record Pulled(Reference reference, Descriptor target, Descriptor manifest) {}

  /// Is shown an image that has come and has no name yet, and may refuse it.
  @FunctionalInterface
  public interface Arrival {
    /// Take it as it is.
    Arrival WELCOME = pulled -> {};

    /// Look at it.
    void of(Pulled pulled) throws ImageException;
  }

  /// Pull; ends with the whole image or with one problem.
  public Pulled pull(Reference reference, PlatformMatch platform, TransferListener listener)
      throws ImageException {
    return pull(reference, platform, listener, Arrival.WELCOME);
  }

  /// Pull, and give the name when the image was looked at.
  public Pulled pull(
      Reference reference, PlatformMatch platform, TransferListener listener, Arrival arrival)
      throws ImageException {
    try (var lease = store.lease()) {
      try {
        return new Transfer(reference, platform, listener, arrival, lease).run();
      } catch (ImageException e) {
        if (!FullDisk.isReason(e)) {
          store.setAside(lease);
        }
        throw e;
      }
    }
  }

  /// A pull under a lease.
  private final class Transfer {
    private final Reference reference;
    private final PlatformMatch platform;
    private final TransferListener listener;
    private final Arrival arrival;
    private final Lease lease;

    /// Those around the image, the innermost first.
    private final List<RegistryClient.Document> indexes = new ArrayList<>();

    private int looked;

    Transfer(
        Reference reference,
        PlatformMatch platform,
        TransferListener listener,
        Arrival arrival,
        Lease lease) {
      this.reference = reference;
      this.platform = platform;
      this.listener = listener;
      this.arrival = arrival;
      this.lease = lease;
    }

    Pulled run() throws ImageException {
      var places = client.config().places(reference);
      var target = first(places, place -> client.manifest(place, reference.selector(), listener));
      listener.heard(new TransferListener.Event.Resolved(target.descriptor()));
      try {
        var manifest =
            target.kind() == ManifestKind.INDEX ? chosen(places, target) : whole(places, target);
        store.put(lease, manifest.descriptor(), manifest.bytes());
        for (var index : indexes) { // the innermost first
          store.put(lease, index.descriptor(), index.bytes());
        }
        var pulled = new Pulled(reference, target.descriptor(), manifest.descriptor());
        arrival.of(pulled);
        store.name(reference.toString(), target.descriptor());
        return pulled;
      } catch (OciFormatException e) {
        throw new ImageException(Category.INVALID, reference + ": " + e.getMessage(), "", e);
      }
    }

    /// Fetch an image that is no index's; what it is for, its own configuration says.
    private RegistryClient.Document whole(List<Place> places, RegistryClient.Document document)
        throws ImageException {
      var config = config(places, document);
      if (!platform.fits(config.platform())) {
        throw new ImageException(
            Category.NOT_FOUND,
            reference.familiar() + " is for " + config.platform() + " and not for " + platform,
            "ask for its platform by name");
      }
      layers(places, Manifest.parse(document.bytes()).layers());
      return document;
    }

    /// Fetch the image of an index that fits best.
    private RegistryClient.Document chosen(List<Place> places, RegistryClient.Document index)
        throws ImageException {
      var offered = new LinkedHashSet<String>();
      var chosen = chosen(places, index, false, offered);
      if (chosen.isEmpty()) {
        throw new ImageException(
            Category.NOT_FOUND,
            reference.familiar() + " is not there for " + platform,
            offered.isEmpty() ? "" : "it is there for " + String.join(", ", offered));
      }
      layers(places, Manifest.parse(chosen.get().bytes()).layers());
      return chosen.get();
    }

    /// Try what may fit, one after the other; indexes may lie in indexes.
    ///
    /// @param said whether an index around it has said that it fits
    /// @param offered is told what there is
    private Optional<RegistryClient.Document> chosen(
        List<Place> places, RegistryClient.Document index, boolean said, Set<String> offered)
        throws ImageException {
      if (++looked > MOST_INDEXES) {
        throw new ImageException(
            Category.INVALID,
            reference.familiar() + " has more than " + MOST_INDEXES + " indexes in one another",
            "");
      }
      var manifests = Index.parse(index.bytes()).manifests();
      manifests.stream()
          .map(Descriptor::platform)
          .filter(p -> p != null && !p.isEmpty() && !p.os().equals("unknown"))
          .map(String::valueOf)
          .forEach(offered::add);
      for (var candidate : platform.candidates(manifests)) {
        boolean fits = said || PlatformMatch.isSaid(candidate);
        var document = fetched(places, candidate);
        var found =
            document.kind() == ManifestKind.INDEX
                ? chosen(places, document, fits, offered)
                : fitting(places, document, fits);
        if (found.isPresent()) {
          indexes.add(index);
          return found;
        }
      }
      return Optional.empty();
    }

    private RegistryClient.Document fetched(List<Place> places, Descriptor chosen)
        throws ImageException {
      var document =
          first(places, place -> client.manifest(place, chosen.digest().toString(), listener));
      if (!document.kind().isCalled(chosen.mediaType())
          || document.descriptor().size() != chosen.size()) {
        throw new ImageException(
            Category.INVALID,
            "manifest " + chosen.digest() + " is not what the index says of it",
            "");
      }
      var descriptor = Descriptor.of(chosen.mediaType(), chosen.digest(), chosen.size());
      return new RegistryClient.Document(descriptor, document.kind(), document.bytes());
    }

    /// Return a manifest unless it is for another platform than the index could say, or no image at
    /// all.
    ///
    /// @param said whether an index has said what the image is for; configurations of old builders
    ///   lack the variant
    private Optional<RegistryClient.Document> fitting(
        List<Place> places, RegistryClient.Document document, boolean said) throws ImageException {
      boolean image = MediaTypes.isConfig(Manifest.parse(document.bytes()).config().mediaType());
      if (!image && !said) {
        return Optional.empty();
      }
      var config = config(places, document);
      return said || platform.fits(config.platform()) ? Optional.of(document) : Optional.empty();
    }

    private ImageConfig config(List<Place> places, RegistryClient.Document document)
        throws ImageException {
      var manifest = Manifest.parse(document.bytes());
      ImageDocuments.requireImage(manifest, reference.familiar());
      requireSizes(manifest);
      blob(places, manifest.config());
      var config = ImageConfig.parse(store.read(manifest.config()));
      ImageDocuments.requireAsManyLayers(manifest, config, reference.familiar());
      return config;
    }

    /// Refuse what could not be used, before its bytes are fetched.
    private void requireSizes(Manifest manifest) throws ImageException {
      requireSize("configuration", manifest.config().size(), ContentStore.LARGEST_DOCUMENT);
      long all = 0;
      for (var layer : manifest.layers()) {
        requireSize("layer " + layer.digest(), layer.size(), LayerLimits.STANDARD.archive());
        all += layer.size(); // a manifest has not so many that this comes round
      }
      requireSize("sum of all layers", all, ArchiveLimits.STANDARD.bytes());
    }

    private void requireSize(String what, long size, long most) throws ImageException {
      if (size > most) {
        throw new ImageException(
            Category.INVALID,
            reference.familiar() + ": the " + what + " has more than " + most + " bytes: " + size,
            "");
      }
    }

    private void layers(List<Place> places, List<Descriptor> layers) throws ImageException {
      var distinct = new LinkedHashMap<Digest, Descriptor>();
      layers.forEach(layer -> distinct.putIfAbsent(layer.digest(), layer));
      distinct.values().forEach(layer -> listener.heard(new TransferListener.Event.Queued(layer)));
      var threads = Thread.ofPlatform().daemon().name("pull-", 0).factory();
      try (var pool = Executors.newFixedThreadPool(parallel, threads)) {
        var results = new ExecutorCompletionService<Boolean>(pool);
        for (var layer : distinct.values()) {
          Callable<Boolean> fetch = () -> blob(places, layer);
          var _ = results.submit(fetch);
        }
        try {
          for (int i = 0; i < distinct.size(); i++) {
            boolean _ = results.take().get();
          }
        } catch (ExecutionException e) {
          throw e.getCause() instanceof ImageException known
              ? known
              : new ImageException(Category.INTERNAL, "cannot pull " + reference, "", e);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new ImageException(Category.UNAVAILABLE, "the pull was interrupted", "", e);
        } finally {
          var _ = pool.shutdownNow();
        }
      }
    }

    private boolean blob(List<Place> places, Descriptor descriptor) throws ImageException {
      var ingest = store.ingest(lease, descriptor);
      if (ingest.isEmpty()) {
        listener.heard(new TransferListener.Event.Present(descriptor));
        return false;
      }
      try (var open = ingest.get()) {
        fetch(places, open);
      }
      listener.heard(new TransferListener.Event.Done(descriptor));
      return true;
    }

    private void fetch(List<Place> places, Ingest ingest) throws ImageException {
      try {
        boolean _ =
            first(
                places,
                place -> {
                  client.blob(place, ingest, listener);
                  return true;
                });
      } catch (ImageException e) {
        var urls = ingest.descriptor().urls();
        if (e.category() != Category.NOT_FOUND
            || urls.isEmpty()
            || !MediaTypes.isForeign(ingest.descriptor().mediaType())) {
          throw e;
        }
        foreign(urls, ingest);
      }
    }

    /// Fetch what its registry need not have from the first address that has it.
    private void foreign(List<String> urls, Ingest ingest) throws ImageException {
      for (int i = 0; ; i++) {
        try {
          client.foreign(reference.domain(), urls.get(i), ingest, listener);
          return;
        } catch (ImageException e) {
          if (i == urls.size() - 1) {
            throw e;
          }
        }
      }
    }
  }

  /// Something asked of a registry.
  private interface Question<T> {
    T ask(Place place) throws ImageException;
  }

  /// Ask the mirrors, at last the registry itself, which has the last word.
  private static <T> T first(List<Place> places, Question<T> question) throws ImageException {
    var failures = new ArrayList<ImageException>();
    @Nullable ImageException last = null;
    for (var place : places) {
      try {
        return question.ask(place);
      } catch (ImageException e) {
        if (last != null) {
          failures.add(last);
        }
        last = e;
      }
    }
    if (last == null) {
      throw new IllegalStateException("no place");
    }
    failures.forEach(last::addSuppressed);
    throw last;
  }
}
