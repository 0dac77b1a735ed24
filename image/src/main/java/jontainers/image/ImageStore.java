package jontainers.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import jontainers.image.ImageException.Category;
import jontainers.image.archive.ArchiveLoad;
import jontainers.image.archive.ArchiveSave;
import jontainers.image.content.Collected;
import jontainers.image.content.ContentStore;
import jontainers.image.content.FullDisk;
import jontainers.image.content.Lease;
import jontainers.image.content.Problem;
import jontainers.image.layer.Compression;
import jontainers.image.layer.Layer;
import jontainers.image.layer.LayerLimits;
import jontainers.image.layer.LayerStore;
import jontainers.image.layer.Privilege;
import jontainers.image.name.Reference;
import jontainers.image.name.RegistryConfig;
import jontainers.image.registry.PlatformMatch;
import jontainers.image.registry.Pull;
import jontainers.image.registry.Push;
import jontainers.image.registry.RegistryClient;
import jontainers.image.registry.TransferListener;
import jontainers.image.tar.LimitedInput;
import jontainers.linux.RawText;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.ImageConfig;
import jontainers.oci.Index;
import jontainers.oci.Manifest;
import jontainers.oci.ManifestKind;
import jontainers.oci.MediaTypes;
import jontainers.oci.OciFormatException;

/// All images of an engine: their names, content by digest, and layers unpacked once.
///
/// ```
/// content/    an OCI image layout
/// layers/     layers as overlays need them
/// ```
///
/// An image is what a name reaches. Images without a name are kept until they are removed or
/// pruned, as with Docker. Safe for any thread and several processes; blocks, and its locks block
/// the kernel's thread: call it from platform threads.
public final class ImageStore {
  private static final Pattern ID = Pattern.compile("(?:sha256:)?([a-f0-9]{1,64})");

  /// How many layers are unpacked at once.
  private static final int PARALLEL = Math.min(4, Runtime.getRuntime().availableProcessors());

  private final ContentStore content;
  private final LayerStore layers;
  private final LayersInUse inUse;
  private final RegistryConfig naming;

  private ImageStore(
      ContentStore content, LayerStore layers, LayersInUse inUse, RegistryConfig naming) {
    this.content = content;
    this.layers = layers;
    this.inUse = inUse;
    this.naming = naming;
  }

  /// Layers that are needed though no image may have them.
  @FunctionalInterface
  public interface LayersInUse {
    /// None are.
    LayersInUse NONE = unpacked -> Set.of();

    /// Return the diffIDs of the layers that containers are made of, or may be.
    ///
    /// @param unpacked all that are there
    Set<Digest> diffIds(Set<Digest> unpacked) throws ImageException;
  }

  /// Open a store, made where it is missing, and clean up after processes that were killed.
  public static ImageStore open(Path directory, Privilege privilege, LayersInUse inUse)
      throws ImageException {
    var store =
        new ImageStore(
            ContentStore.open(directory.resolve("content")),
            LayerStore.open(directory.resolve("layers"), privilege, LayerLimits.STANDARD),
            inUse,
            RegistryConfig.EMPTY);
    store.content.recover(store::collectLayers);
    return store;
  }

  /// Open a store to look at it, and clean up nothing; who does so removes nothing either.
  public static ImageStore look(Path directory, Privilege privilege) throws ImageException {
    return new ImageStore(
        ContentStore.open(directory.resolve("content")),
        LayerStore.open(directory.resolve("layers"), privilege, LayerLimits.STANDARD),
        unpacked -> {
          throw new ImageException("the store was opened to be looked at", "");
        },
        RegistryConfig.EMPTY);
  }

  /// Return the same store, with another registry for names that have none.
  public ImageStore naming(RegistryConfig config) {
    return new ImageStore(content, layers, inUse, config);
  }

  /// Parse a name, with the default registry of this.
  public Reference reference(String text) throws ImageException {
    return naming.reference(text);
  }

  /// Parse what an image is to be called, which cannot have a digest.
  public Reference newName(String text) throws ImageException {
    var reference = naming.reference(text);
    if (reference.digest() != null) {
      throw new ImageException(
          Category.INVALID, "refusing to create a tag with a digest reference: " + text, "");
    }
    return reference;
  }

  /// Return the content.
  public ContentStore content() {
    return content;
  }

  /// Return the unpacked layers.
  public LayerStore layers() {
    return layers;
  }

  /// Return all images that this machine runs, or else could not, in the order they were named.
  public List<Image> list() throws ImageException {
    var byId = new LinkedHashMap<Digest, Image>();
    for (var entry : content.references().entrySet()) {
      var image = unlessDamaged(() -> read(entry.getKey(), entry.getValue(), PlatformMatch.host()));
      if (image.isPresent()) {
        byId.merge(image.get().id(), image.get(), ImageStore::merged);
      }
    }
    return List.copyOf(byId.values());
  }

  private static Image merged(Image one, Image other) {
    var names = new ArrayList<>(one.names());
    names.addAll(other.names());
    return new Image(one.id(), one.manifest(), one.document(), one.config(), names);
  }

  /// Return an image for this machine.
  ///
  /// @param nameOrId a name, an id or the beginning of one, or the digest of a manifest
  /// @throws ImageException NOT_FOUND where there is none
  public Image get(String nameOrId) throws ImageException {
    return get(nameOrId, PlatformMatch.host());
  }

  /// Return an image for a platform.
  public Image get(String nameOrId, PlatformMatch platform) throws ImageException {
    return find(nameOrId, platform)
        .orElseThrow(() ->
            new ImageException(
                Category.NOT_FOUND, "no such image: " + nameOrId, "jontainers pull " + nameOrId));
  }

  /// Find an image for a platform; of a name that is here for other platforms only, empty unless
  /// this machine's is asked for.
  ///
  /// @throws ImageException INVALID where it is neither a name nor an id
  public Optional<Image> find(String nameOrId, PlatformMatch platform) throws ImageException {
    var name = name(nameOrId);
    if (name.isPresent()) {
      return withAllNames(name.get(), platform);
    }
    var id = ID.matcher(nameOrId);
    return id.matches() ? byId(id.group(1), nameOrId) : Optional.empty();
  }

  /// Return what the store calls something, where it is a name of it.
  private Optional<String> name(String text) throws ImageException {
    if (text.startsWith("sha256:") || text.matches("[a-f0-9]{64}")) {
      return Optional.empty();
    }
    var reference = naming.reference(text);
    var names = content.references();
    if (names.containsKey(reference.toString())) {
      return Optional.of(reference.toString());
    }
    var digest = reference.digest();
    for (var entry : names.entrySet()) {
      if (digest != null
          && entry.getValue().digest().equals(digest)
          && entry.getKey().startsWith(reference.repository())
          && Reference.parse(entry.getKey()).repository().equals(reference.repository())) {
        return Optional.of(entry.getKey());
      }
    }
    return Optional.empty();
  }

  private Optional<Image> withAllNames(String key, PlatformMatch platform) throws ImageException {
    var names = content.references();
    var target = names.get(key);
    if (target == null) {
      return Optional.empty();
    }
    var image = read(key, target, platform);
    for (var entry : names.entrySet()) {
      if (image.isPresent() && !entry.getKey().equals(key)) {
        var other = entry.getValue();
        if (other.digest().equals(target.digest())) {
          image = Optional.of(merged(image.get(), image.get().withNames(named(entry))));
        }
      }
    }
    return image;
  }

  private static List<Image.Name> named(Map.Entry<String, Descriptor> entry) throws ImageException {
    return List.of(named(entry.getKey(), entry.getValue()));
  }

  private static Image.Name named(String key, Descriptor target) throws ImageException {
    return new Image.Name(
        key.equals(target.digest().toString())
            ? Optional.empty()
            : Optional.of(Reference.parse(key)),
        target);
  }

  private Optional<Image> byId(String digits, String shown) throws ImageException {
    var found = new LinkedHashMap<Digest, Image>();
    for (var image : everyPlatform()) {
      boolean fits =
          image.id().hex().startsWith(digits)
              || image.manifest().digest().hex().startsWith(digits)
              || image.names().stream().anyMatch(n -> n.target().digest().hex().startsWith(digits));
      if (fits) {
        found.merge(image.id(), image, ImageStore::merged);
      }
    }
    if (found.size() > 1) {
      // An index's digest is that of all its images: this machine's is meant.
      var own = list().stream().map(Image::id).filter(found::containsKey).toList();
      if (own.size() != 1) {
        throw new ImageException(
            Category.INVALID, "several images have an id that begins with " + shown, "");
      }
      return Optional.ofNullable(found.get(own.getFirst()));
    }
    return found.values().stream().findFirst();
  }

  private List<Image> everyPlatform() throws ImageException {
    var images = new ArrayList<Image>();
    for (var entry : content.references().entrySet()) {
      String key = entry.getKey();
      var target = entry.getValue();
      var _ =
          unlessDamaged(() -> {
            for (var manifest : manifests(key, target)) {
              image(key, target, manifest).ifPresent(images::add);
            }
            return Optional.empty();
          });
    }
    return images;
  }

  /// Return the image of a name; empty where it is none, or is removed meanwhile.
  private Optional<Image> read(String key, Descriptor target, PlatformMatch platform)
      throws ImageException {
    return unlessGone(key, target, () -> readHere(key, target, platform));
  }

  /// What is read of a name.
  private interface Reading {
    Optional<Image> read() throws ImageException;
  }

  /// Another process may have taken the name away and collected since the names were read.
  private Optional<Image> unlessGone(String key, Descriptor target, Reading reading)
      throws ImageException {
    try {
      return reading.read();
    } catch (ImageException e) {
      if (e.category() == Category.NOT_FOUND && !target.equals(content.references().get(key))) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// One image that is damaged does not hide the others; [#fsck] tells of it.
  private static Optional<Image> unlessDamaged(Reading reading) throws ImageException {
    try {
      return reading.read();
    } catch (ImageException e) {
      if (isDamage(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// Content that is lost or not what it should be, and no disk that cannot be read.
  private static boolean isDamage(ImageException e) {
    return e.category() == Category.NOT_FOUND
        || (e.category() == Category.INTERNAL && !(e.getCause() instanceof IOException));
  }

  /// Find a name, or the digest of what has lost it, whose image is damaged.
  public Optional<Image.Name> damaged(String text) throws ImageException {
    var names = content.references();
    var key = names.containsKey(text) ? Optional.of(text) : name(text);
    for (var entry : names.entrySet()) {
      if (key.filter(entry.getKey()::equals).isPresent()) {
        try {
          var _ = readHere(entry.getKey(), entry.getValue(), PlatformMatch.host());
        } catch (ImageException e) {
          if (isDamage(e)) {
            return Optional.of(named(entry.getKey(), entry.getValue()));
          }
          throw e;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<Image> readHere(String key, Descriptor target, PlatformMatch platform)
      throws ImageException {
    var manifests = manifests(key, target);
    if (manifests.isEmpty()) {
      return Optional.empty();
    }
    if (manifests.size() == 1 && manifests.getFirst().digest().equals(target.digest())) {
      return image(key, target, target)
          .filter(image -> isHost(platform) || platform.fits(image.config().platform()));
    }
    for (var candidate : platform.candidates(manifests)) {
      var image = image(key, target, candidate);
      if (image.isPresent()
          && (PlatformMatch.isSaid(candidate) || platform.fits(image.get().config().platform()))) {
        return image;
      }
    }
    return isHost(platform) ? image(key, target, manifests.getFirst()) : Optional.empty();
  }

  private static boolean isHost(PlatformMatch platform) {
    return platform.toString().equals(PlatformMatch.host().toString());
  }

  /// Return the manifests that a name reaches and that are here.
  private List<Descriptor> manifests(String key, Descriptor target) throws ImageException {
    try {
      byte[] document = content.read(target);
      if (ManifestKind.of(document) == ManifestKind.MANIFEST) {
        return List.of(target);
      }
      var here = new ArrayList<Descriptor>();
      for (var child : Index.parse(document).manifests()) {
        if (content.has(child) && isOfImages(child)) {
          here.addAll(manifests(key, child));
        }
      }
      // An index in an index says for all that is in it what it is for.
      var platform = target.platform();
      return platform == null
          ? here
          : here.stream()
              .map(child -> PlatformMatch.isSaid(child) ? child : child.withPlatform(platform))
              .toList();
    } catch (OciFormatException e) {
      throw new ImageException(Category.INTERNAL, key + ": " + e.getMessage(), "", e);
    }
  }

  private static boolean isOfImages(Descriptor child) {
    return MediaTypes.isManifest(child.mediaType()) || MediaTypes.isIndex(child.mediaType());
  }

  private Optional<Image> image(String key, Descriptor target, Descriptor manifest)
      throws ImageException {
    try {
      var documents = ImageDocuments.read(content, manifest, key);
      return Optional.of(
          new Image(
              documents.manifest().config().digest(),
              manifest,
              documents.manifest(),
              documents.config(),
              List.of(named(key, target))));
    } catch (ImageException e) {
      if (e.category() == Category.UNSUPPORTED) {
        return Optional.empty(); // an artifact
      }
      throw e;
    }
  }

  /// Pull an image and unpack it.
  public Image pull(
      RegistryClient client, Reference reference, PlatformMatch platform, TransferListener listener)
      throws ImageException {
    return tidily(() -> {
      var pull = new Pull(client, content, Pull.PARALLEL);
      // Before it has a name: a layer may not be what it should, or the disk be full.
      return image(pull.pull(reference, platform, listener, p -> unpack(image(p))));
    });
  }

  private Image image(Pull.Pulled pulled) throws ImageException {
    var reference = pulled.reference();
    return image(reference.toString(), pulled.target(), pulled.manifest())
        .orElseThrow(() ->
            new ImageException(Category.UNSUPPORTED, reference.familiar() + " is no image", ""));
  }

  /// What stores content.
  ///
  /// @param <E> what it throws beside
  private interface Storing<T, E extends Exception> {
    T run() throws ImageException, E;
  }

  /// Store content; where that fails, what has no name is gone, and where this process dies, the
  /// next one finds the lease.
  private <T, E extends Exception> T tidily(Storing<T, E> work) throws ImageException, E {
    try (var _ = content.lease()) {
      try {
        return work.run();
      } catch (Throwable e) {
        tidy(e);
        throw e;
      }
    }
  }

  private void tidy(Throwable reason) {
    try {
      var kept = FullDisk.isReason(reason) ? Duration.ZERO : ContentStore.PARTIAL_KEPT;
      var _ = content.collect(kept, this::collectLayers);
    } catch (ImageException e) {
      reason.addSuppressed(e);
    }
  }

  /// Push what a name stands for, an index with all its images.
  public void push(RegistryClient client, Reference reference, TransferListener listener)
      throws ImageException {
    var names = content.references();
    var target = names.get(reference.toString());
    if (target == null) {
      throw new ImageException(
          Category.NOT_FOUND,
          "an image does not exist locally with the tag: " + reference.familiar(),
          "jontainers tag IMAGE " + reference.familiar());
    }
    var mountFrom = new ArrayList<String>();
    for (var entry : names.entrySet()) {
      var name = named(entry.getKey(), entry.getValue()).reference();
      if (name.isPresent()
          && name.get().domain().equals(reference.domain())
          && !name.get().path().equals(reference.path())
          && !mountFrom.contains(name.get().path())) {
        mountFrom.add(name.get().path());
      }
    }
    new Push(client, content).push(reference, pushed(target), mountFrom, listener);
  }

  /// Of an index that is here in part, the image of this machine's platform alone is pushed.
  private Descriptor pushed(Descriptor target) throws ImageException {
    byte[] document = content.read(target);
    if (ManifestKind.of(document) == ManifestKind.MANIFEST) {
      return target;
    }
    if (content.isWhole(target)) {
      return target;
    }
    var here = manifests(target.digest().toString(), target);
    return here.isEmpty()
        ? target // which tells what is missing
        : PlatformMatch.host().best(here).orElse(here.getFirst());
  }

  /// Return an image's layers, lowest first, and unpack those that are not there yet, several at
  /// once.
  public List<Layer> unpack(Image image) throws ImageException {
    var there = unpacked(image);
    if (there.isPresent()) {
      return there.get();
    }
    try (var lease = content.lease()) {
      lease.hold(image.manifest().digest());
      var blobs = new LinkedHashMap<Digest, Descriptor>();
      for (int i = 0; i < image.diffIds().size(); i++) {
        blobs.putIfAbsent(image.diffIds().get(i), image.document().layers().get(i));
      }
      unpack(blobs);
    }
    return unpacked(image)
        .orElseThrow(() ->
            new ImageException(
                Category.NOT_FOUND, image.shown() + " was removed meanwhile", "pull it again"));
  }

  private Optional<List<Layer>> unpacked(Image image) throws ImageException {
    var found = new ArrayList<Layer>();
    for (var diffId : image.diffIds()) {
      var layer = layers.find(diffId);
      if (layer.isEmpty()) {
        return Optional.empty();
      }
      found.add(layer.get());
    }
    return Optional.of(List.copyOf(found));
  }

  private void unpack(Map<Digest, Descriptor> blobs) throws ImageException {
    var threads = Thread.ofPlatform().daemon().name("unpack-", 0).factory();
    try (var pool = Executors.newFixedThreadPool(Math.min(PARALLEL, blobs.size()), threads)) {
      var running = new ArrayList<Future<?>>();
      for (var blob : blobs.entrySet()) {
        Callable<Layer> work = () -> unpack(blob.getKey(), blob.getValue());
        running.add(pool.submit(work));
      }
      try {
        for (var one : running) {
          var _ = one.get();
        }
      } catch (ExecutionException e) {
        throw e.getCause() instanceof ImageException known
            ? known
            : new ImageException(Category.INTERNAL, "cannot unpack the image", "", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ImageException(Category.UNAVAILABLE, "the unpacking was interrupted", "", e);
      } finally {
        var _ = pool.shutdownNow();
      }
    }
  }

  private Layer unpack(Digest diffId, Descriptor blob) throws ImageException {
    var known = layers.find(diffId);
    if (known.isPresent()) {
      return known.get();
    }
    try (var in = content.open(blob.digest())) {
      return layers.unpack(diffId, in);
    } catch (IOException e) {
      throw new ImageException("cannot read " + blob.digest() + ": " + e.getMessage(), "", e);
    }
  }

  /// Give an image another name; whatever the name stood for before stays without it.
  public void tag(Image image, Reference name) throws ImageException {
    try (var lease = content.lease()) {
      var target = image.names().isEmpty() ? image.manifest() : image.names().getFirst().target();
      lease.hold(target.digest());
      content.name(name.toString(), target.withAnnotations(Map.of()));
    }
  }

  /// Forget names of images and what nothing needs then.
  ///
  /// @return what is gone
  public Removed remove(List<Image.Name> names) throws ImageException {
    var before = ids();
    var removed = new LinkedHashMap<Digest, Digest>();
    Collected collected;
    try (var _ = content.lease()) { // one that has died is a reason to collect
      for (var name : names) {
        boolean _ = content.forget(name.key());
      }
      collected = content.collect(this::collectLayers);
    }
    before.keySet().removeAll(ids().keySet());
    removed.putAll(before);
    return new Removed(List.copyOf(removed.keySet()), collected.blobs(), collected.bytes());
  }

  /// What a removal has taken away.
  ///
  /// @param images their ids
  /// @param content digests
  /// @param bytes of the content
  public record Removed(List<Digest> images, List<Digest> content, long bytes) {
    public Removed {
      images = List.copyOf(images);
      content = List.copyOf(content);
    }
  }

  private Map<Digest, Digest> ids() throws ImageException {
    var ids = new LinkedHashMap<Digest, Digest>();
    for (var image : everyPlatform()) {
      ids.put(image.id(), image.manifest().digest());
    }
    return ids;
  }

  private Set<Digest> layersInUse() throws ImageException {
    var unpacked = new HashSet<Digest>();
    for (var layer : layers.list()) {
      unpacked.add(layer.diffId());
    }
    return new HashSet<>(inUse.diffIds(unpacked));
  }

  /// Delete the layers that neither an image that is kept nor a container is made of.
  private void collectLayers(Set<Digest> kept) throws ImageException {
    var needed = layersInUse();
    for (var digest : kept) {
      needed.addAll(diffIds(digest));
    }
    for (var layer : layers.list()) {
      if (!needed.contains(layer.diffId())) {
        layers.remove(layer.diffId());
      }
    }
  }

  /// Return the layers that content lists, should it be an image's configuration.
  private List<Digest> diffIds(Digest digest) throws ImageException {
    var document = content.object(digest);
    try {
      return document.isPresent()
          ? ImageConfig.parse(document.get()).rootfs().digests()
          : List.of();
    } catch (OciFormatException e) {
      return List.of();
    }
  }

  /// Load all images of an archive, compressed or not, and unpack those for this machine.
  public List<Loaded> load(InputStream archive) throws ImageException {
    return load(load -> load.archive(archive));
  }

  /// Load all images of a directory: an OCI layout, or an archive of Docker's, unpacked.
  public List<Loaded> load(Path directory) throws ImageException {
    if (!Files.isDirectory(directory)) {
      throw new ImageException(
          Category.NOT_FOUND, "no such directory: " + RawText.of(directory), "");
    }
    return load(load -> load.directory(directory));
  }

  /// What was loaded.
  ///
  /// @param name absent where the archive gives none
  /// @param id of the image for this machine; of an artifact, its digest
  public record Loaded(Optional<Reference> name, Digest id) {}

  private interface Source {
    List<ArchiveLoad.Loaded> read(ArchiveLoad load) throws ImageException;
  }

  private List<Loaded> load(Source source) throws ImageException {
    return tidily(() -> {
      var loaded = loadAll(source);
      var _ = content.collect(this::collectLayers); // what of the archive belongs to no image
      return loaded;
    });
  }

  private List<Loaded> loadAll(Source source) throws ImageException {
    var result = new ArrayList<Loaded>();
    try (var lease = content.lease()) {
      for (var loaded : source.read(new ArchiveLoad(content, lease))) {
        result.add(named(loaded, lease));
      }
    }
    return List.copyOf(result);
  }

  private Loaded named(ArchiveLoad.Loaded loaded, Lease lease) throws ImageException {
    lease.hold(loaded.target().digest());
    String key = loaded.name().map(Reference::toString).orElse(loaded.target().digest().toString());
    var image = read(key, loaded.target(), PlatformMatch.host());
    if (image.isPresent()) {
      var _ = unpack(image.get()); // before it has a name: a layer may not be what it should
    }
    if (loaded.name().isPresent()) {
      content.name(key, loaded.target());
    } else {
      content.keep(loaded.target());
    }
    return new Loaded(loaded.name(), image.map(Image::id).orElse(loaded.target().digest()));
  }

  /// Writes a new layer.
  ///
  /// @param <E> what it throws beside
  @FunctionalInterface
  public interface LayerSource<E extends Exception> {
    /// Write it, compressed, and tell the digest of what was compressed.
    Digest write(OutputStream compressed) throws ImageException, E;
  }

  /// Make an image of one more layer.
  ///
  /// @param compression what the layer is written in
  /// @param name what it is called; absent for none
  public <E extends Exception> Image create(
      NewImage plan, Compression compression, LayerSource<E> source, Optional<Reference> name)
      throws ImageException, E {
    return tidily(() -> make(plan, compression, source, name));
  }

  private <E extends Exception> Image make(
      NewImage plan, Compression compression, LayerSource<E> source, Optional<Reference> name)
      throws ImageException, E {
    try (var lease = content.lease()) {
      Descriptor layer;
      Digest diffId;
      try (var spool = content.spool(lease, Digest.Algorithm.SHA256)) {
        diffId = source.write(spool);
        layer = spool.commit(MediaTypes.LAYER + compression.suffix());
      }
      return create(plan, layer, diffId, name, lease);
    } catch (IOException e) {
      throw new ImageException("cannot store a layer: " + e.getMessage(), FullDisk.hint(e), e);
    }
  }

  private Image create(
      NewImage plan, Descriptor layer, Digest diffId, Optional<Reference> name, Lease lease)
      throws ImageException {
    byte[] config = plan.withLayer(diffId).toJson().getBytes(UTF_8);
    var configured = Descriptor.of(MediaTypes.CONFIG, config);
    var descriptors = new ArrayList<Descriptor>();
    if (plan.base().isPresent()) {
      var base = plan.base().get();
      lease.hold(base.manifest().digest());
      for (var below : base.document().layers()) {
        descriptors.add(below.withMediaType(MediaTypes.ociLayer(below.mediaType())));
      }
    }
    descriptors.add(layer);
    content.put(lease, configured, config);
    byte[] document = Manifest.of(configured, descriptors).toJson().getBytes(UTF_8);
    var manifest = Descriptor.of(MediaTypes.MANIFEST, document);
    content.put(lease, manifest, document);
    String key = name.map(Reference::toString).orElse(manifest.digest().toString());
    var image =
        image(key, manifest, manifest)
            .orElseThrow(() -> new IllegalStateException("what was made is no image"));
    var _ = unpack(image); // of an archive that somebody gave: it may be refused
    if (name.isPresent()) {
      content.name(key, manifest);
    } else {
      content.keep(manifest);
    }
    return image;
  }

  /// Make an image of a root filesystem in an archive, compressed or not.
  public Image importRootfs(NewImage plan, InputStream archive, Optional<Reference> name)
      throws ImageException {
    return tidily(() -> makeOf(archive, plan, name));
  }

  private Image makeOf(InputStream archive, NewImage plan, Optional<Reference> name)
      throws ImageException {
    try (var lease = content.lease()) {
      Descriptor plain;
      try (var spool = content.spool(lease, Digest.Algorithm.SHA256)) {
        long _ = new LimitedInput(archive, LayerLimits.STANDARD.archive()).transferTo(spool);
        plain = spool.commit(MediaTypes.LAYER);
      }
      Compression compression;
      try (var in = content.open(plain.digest())) {
        compression = Compression.detect(in.readNBytes(4));
      }
      var layer =
          Descriptor.of(MediaTypes.LAYER + compression.suffix(), plain.digest(), plain.size());
      var diffId = compression == Compression.NONE ? plain.digest() : diffId(plain.digest());
      return create(plan, layer, diffId, name, lease);
    } catch (IOException e) {
      throw new ImageException("cannot import: " + e.getMessage(), FullDisk.hint(e), e);
    }
  }

  private Digest diffId(Digest compressed) throws IOException, ImageException {
    var computation = Digest.Algorithm.SHA256.computation();
    byte[] piece = new byte[1 << 16];
    try (var in =
        new LimitedInput(
            Compression.decompressed(content.open(compressed)), LayerLimits.STANDARD.archive())) {
      for (int count; (count = in.read(piece)) >= 0; ) {
        computation.update(piece, 0, count);
      }
    }
    return Digest.of(Digest.Algorithm.SHA256, computation);
  }

  /// Save images with their names to a stream, which stays open.
  public void save(List<Saved> images, ArchiveSave.Form form, OutputStream out)
      throws ImageException {
    try (var lease = content.lease()) {
      save(images, lease).write(form, out);
    }
  }

  /// Save images with their names to a directory, which is made.
  public void save(List<Saved> images, ArchiveSave.Form form, Path directory)
      throws ImageException {
    try (var lease = content.lease()) {
      save(images, lease).write(form, directory);
    }
  }

  /// What is to be saved.
  ///
  /// @param names those of the image that are to be in the archive
  public record Saved(Image image, List<Image.Name> names) {
    public Saved {
      names = List.copyOf(names);
    }
  }

  private ArchiveSave save(List<Saved> images, Lease lease) throws ImageException {
    var save = new ArchiveSave(content);
    for (var one : images) {
      lease.hold(one.image().manifest().digest());
      for (var name : one.names()) {
        lease.hold(name.target().digest());
      }
      save.add(one.image(), one.names());
    }
    return save;
  }

  /// Look at everything and change nothing; a sound store has no problems.
  public List<Problem> fsck() throws ImageException {
    var problems = new ArrayList<>(content.fsck());
    problems.addAll(layers.fsck());
    if (problems.stream().anyMatch(p -> p.kind().isDamage())) {
      return List.copyOf(problems); // which layers are needed, nobody knows for sure
    }
    var needed = layersInUse();
    for (var image : everyPlatform()) {
      needed.addAll(image.diffIds());
    }
    for (var layer : layers.list()) {
      if (!needed.contains(layer.diffId())) {
        problems.add(
            new Problem(
                Problem.Kind.ORPHAN,
                "layer " + layer.diffId(),
                "no image and no container has it"));
      }
    }
    return List.copyOf(problems);
  }
}
