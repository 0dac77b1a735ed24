package jontainers.image.content;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.linux.FileLock;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.Index;
import jontainers.oci.ManifestKind;
import jontainers.oci.MediaTypes;
import jontainers.oci.OciFormatException;

/// Keep content by digest in an OCI image layout (image-layout.md), and names for it.
///
/// ```
/// oci-layout  index.json           the layout; the index's annotations have the names
/// blobs/sha256/HEX                 content, complete and verified, never changed
/// ingest/sha256-HEX                content on its way, resumable, locked while it is written
/// ingest/spool-ID                  the same, of a digest that is not known yet; not resumable
/// leases/ID                        digests that a running process needs, locked by it
/// spare                            nothing: room to forget names when the disk is full
/// lock                             held for short: names, leases, collection
/// ```
///
/// Several processes share a store; what they share is guarded by flock(2), which the kernel drops
/// with a process. A blob appears only after all that it needs: configuration and layers, then the
/// manifest, then the index. Safe for any thread, but its locks block the kernel's thread: call it
/// from platform threads.
public final class ContentStore {
  /// Keep a full name of a descriptor in `index.json`, as containerd does.
  static final String NAME = "io.containerd.image.name";

  private static final String REF_NAME = "org.opencontainers.image.ref.name";

  /// How long content that was partly fetched is kept, to go on from there.
  public static final Duration PARTIAL_KEPT = Duration.ofDays(1);

  /// The largest manifest, index or configuration that is read into memory: four times what
  /// "Pushing Manifests" of the distribution specification asks registries to take.
  public static final int LARGEST_DOCUMENT = 16 << 20;

  /// As long as `index.json` may be to be written once more on a full disk.
  private static final int SPARE = 64 << 10;

  private final Path root;

  private ContentStore(Path root) {
    this.root = root;
  }

  /// Open a store, made if missing, readable by its owner alone.
  public static ContentStore open(Path root) throws ImageException {
    var store = new ContentStore(root);
    try {
      if (!Files.exists(root.resolve("oci-layout"))) {
        var owner =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        var _ = Files.createDirectories(root, owner);
        for (var algorithm : Digest.Algorithm.values()) {
          var _ = Files.createDirectories(root.resolve("blobs").resolve(algorithm.id()), owner);
        }
        var _ = Files.createDirectories(store.ingests(), owner);
        var _ = Files.createDirectories(store.leases(), owner);
        try (var _ = store.lock()) {
          if (!Files.exists(store.indexFile())) {
            Durable.write(store.indexFile(), Index.of(List.of()).toJson().getBytes(UTF_8));
          }
          store.makeSpare();
          Durable.write(
              root.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(UTF_8));
        }
      }
      return store;
    } catch (IOException e) {
      throw broken("cannot open the content store " + root, e);
    }
  }

  /// Begin to hold content against collection, until the lease is closed or this process ends.
  public Lease lease() throws ImageException {
    try (var _ = lock()) {
      return new Lease(this, leases().resolve(UUID.randomUUID().toString()));
    } catch (IOException e) {
      throw broken("cannot make a lease in " + root, e);
    }
  }

  /// Begin, or go on, to fetch content; empty when it is here already.
  ///
  /// Waits while another thread or process fetches the same, however long that takes: its end, in
  /// whatever way, ends the waiting.
  public Optional<Ingest> ingest(Lease lease, Descriptor descriptor) throws ImageException {
    lease.hold(descriptor.digest());
    var file = ingestFile(descriptor.digest());
    try {
      while (true) {
        Optional<FileLock> mine;
        try (var _ = lock()) {
          if (has(descriptor)) {
            forgetWaiting(file);
            return Optional.empty();
          }
          mine = FileLock.tryAcquire(file);
        }
        if (mine.isPresent()) {
          return Optional.of(Ingest.resume(this, descriptor, file, mine.get()));
        }
        // Only waits: the file may be renamed or deleted by then.
        FileLock.acquire(file).close();
      }
    } catch (IOException e) {
      throw broken("cannot store " + descriptor.digest(), e);
    }
  }

  /// Begin to store content whose digest is not known yet.
  public Spool spool(Lease lease, Digest.Algorithm algorithm) throws ImageException {
    try (var _ = lock()) {
      var file = ingests().resolve(Spool.PREFIX + UUID.randomUUID());
      return Spool.make(this, lease, algorithm, file);
    } catch (IOException e) {
      throw broken("cannot store content in " + root, e);
    }
  }

  /// Delete the empty file that is left by who waited; the caller has locked the store.
  private static void forgetWaiting(Path file) throws IOException {
    if (Files.exists(file)) {
      var left = FileLock.tryAcquire(file);
      if (left.isPresent()) {
        try (var _ = left.get()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /// Store a document.
  public void put(Lease lease, Descriptor descriptor, byte[] content) throws ImageException {
    var ingest = ingest(lease, descriptor);
    if (ingest.isPresent()) {
      try (var open = ingest.get()) {
        open.restart();
        open.write(content, 0, content.length);
        open.commit();
      }
    }
  }

  /// Tell whether content is here, complete.
  ///
  /// A length other than the descriptor's is looked into: either the descriptor lies, which is an
  /// error, or the disk lost something, and the blob is deleted to be fetched again.
  public boolean has(Descriptor descriptor) throws ImageException {
    var blob = blob(descriptor.digest());
    try {
      long size = Files.size(blob);
      if (size == descriptor.size()) {
        return true;
      }
      if (Hashes.of(blob, descriptor.digest().algorithm()).equals(descriptor.digest())) {
        throw new ImageException(
            Category.INVALID,
            descriptor.digest() + " has " + size + " bytes and not " + descriptor.size(),
            "");
      }
      boolean _ = Files.deleteIfExists(blob);
      return false;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw broken("cannot look at " + descriptor.digest(), e);
    }
  }

  /// Read a document, verified again.
  ///
  /// @throws ImageException where it is not here, too large to be a document, or damaged
  public byte[] read(Descriptor descriptor) throws ImageException {
    if (descriptor.size() > LARGEST_DOCUMENT) {
      throw new ImageException(
          Category.INVALID,
          descriptor.digest()
              + " has "
              + descriptor.size()
              + " bytes, more than a document of an image may have: "
              + LARGEST_DOCUMENT,
          "");
    }
    try (var in = open(descriptor.digest())) {
      byte[] content = in.readNBytes(LARGEST_DOCUMENT + 1);
      var computation = descriptor.digest().algorithm().computation();
      computation.update(content);
      if (!Digest.of(descriptor.digest().algorithm(), computation).equals(descriptor.digest())) {
        throw new ImageException(
            Category.INTERNAL,
            descriptor.digest() + " is damaged on the disk",
            "remove the image and pull it again");
      }
      return content;
    } catch (IOException e) {
      throw broken("cannot read " + descriptor.digest(), e);
    }
  }

  /// Tell whether an index has all its manifests here, and those of the indexes in it.
  public boolean isWhole(Descriptor target) throws ImageException {
    byte[] document = read(target);
    if (ManifestKind.of(document) == ManifestKind.MANIFEST) {
      return true;
    }
    for (var child : Index.parse(document).manifests()) {
      if (!has(child) || (MediaTypes.isIndex(child.mediaType()) && !isWhole(child))) {
        return false;
      }
    }
    return true;
  }

  /// Read what may be a document in JSON, as it stands on the disk; empty where content is none, or
  /// not here. For those who have a digest and no media type.
  public Optional<byte[]> object(Digest digest) throws ImageException {
    try {
      return Reach.object(blob(digest));
    } catch (IOException e) {
      throw broken("cannot read " + digest, e);
    }
  }

  /// Open content for reading, as it stands on the disk; it was verified when it came.
  ///
  /// @throws ImageException where it is not here
  public InputStream open(Digest digest) throws ImageException {
    try {
      return Files.newInputStream(blob(digest));
    } catch (NoSuchFileException e) {
      throw new ImageException(
          Category.NOT_FOUND, "no content " + digest + " in " + root, "pull the image again", e);
    } catch (IOException e) {
      throw broken("cannot read " + digest, e);
    }
  }

  /// Return all names and what they stand for, in the order they were given; what has lost its name
  /// has its digest for one.
  public Map<String, Descriptor> references() throws ImageException {
    var names = new LinkedHashMap<String, Descriptor>();
    for (var descriptor : index().manifests()) {
      var name = descriptor.annotations().get(NAME);
      if (name == null) {
        name = descriptor.annotations().get(REF_NAME);
      }
      names.put(name == null ? descriptor.digest().toString() : name, descriptor);
    }
    return names;
  }

  /// Return what a name stands for.
  public Optional<Descriptor> resolve(String name) throws ImageException {
    return Optional.ofNullable(references().get(name));
  }

  /// Let a name stand for content. The caller holds a lease of it.
  ///
  /// What it stood for before and has no other name is kept without one, until somebody forgets its
  /// digest.
  public void name(String name, Descriptor descriptor) throws ImageException {
    requireHere(descriptor, name);
    change(names -> {
      var before = names.put(name, descriptor.withAnnotation(NAME, name));
      boolean lost =
          before != null
              && names.values().stream().noneMatch(d -> d.digest().equals(before.digest()));
      if (lost) {
        names.put(before.digest().toString(), before.withAnnotations(Map.of()));
      }
      return names.remove(descriptor.digest().toString()) != null;
    });
  }

  /// Keep content that has no name. The caller holds a lease of it.
  public void keep(Descriptor descriptor) throws ImageException {
    String digest = descriptor.digest().toString();
    requireHere(descriptor, digest);
    change(names -> {
      boolean named = names.values().stream().anyMatch(d -> d.digest().equals(descriptor.digest()));
      if (!named) {
        names.put(digest, descriptor.withAnnotations(Map.of()));
      }
      return !named;
    });
  }

  private void requireHere(Descriptor descriptor, String name) throws ImageException {
    if (!has(descriptor)) {
      throw new ImageException(
          Category.NOT_FOUND, "no content " + descriptor.digest() + " to be called " + name, "");
    }
  }

  /// Forget a name, or the digest of what has none; its content stays until the next collection.
  ///
  /// That frees space, and so it goes on a full disk, too: at the expense of what is spared for it.
  ///
  /// @return whether there was one
  public boolean forget(String name) throws ImageException {
    try {
      return change(names -> names.remove(name) != null);
    } catch (ImageException e) {
      if (!FullDisk.isReason(e) || !spend()) {
        throw e;
      }
      return change(names -> names.remove(name) != null);
    }
  }

  private boolean spend() throws ImageException {
    try {
      return Files.deleteIfExists(spare());
    } catch (IOException e) {
      throw broken("cannot change the names in " + root, e);
    }
  }

  /// Make what is spared, unless it is there; it has no content that matters.
  private void makeSpare() {
    try {
      if (!Files.exists(spare())) {
        Durable.write(spare(), new byte[SPARE]);
      }
    } catch (IOException e) {
      // the disk is still full: the next collection tries again
    }
  }

  /// What is done to the names.
  private interface Change {
    boolean apply(Map<String, Descriptor> names);
  }

  private boolean change(Change change) throws ImageException {
    try (var _ = lock()) {
      var names = references();
      boolean result = change.apply(names);
      var index = Index.of(new ArrayList<>(names.values()));
      Durable.write(indexFile(), index.toJson().getBytes(UTF_8));
      return result;
    } catch (IOException e) {
      throw broken("cannot change the names in " + root, e);
    }
  }

  private Index index() throws ImageException {
    try {
      return Index.parse(Files.readAllBytes(indexFile()));
    } catch (OciFormatException | IOException e) {
      throw broken("cannot read the names in " + root, e);
    }
  }

  /// What hangs on content, outside of the store.
  @FunctionalInterface
  public interface Dependents {
    /// There are none.
    Dependents NONE = kept -> {};

    /// Let go of what hangs on none of the content that is kept; nobody gives a name or takes a
    /// lease meanwhile.
    void collect(Set<Digest> kept) throws ImageException;
  }

  /// Delete exactly what neither a name nor a lease reaches, and partial content older than
  /// [#PARTIAL_KEPT].
  public Collected collect(Dependents dependents) throws ImageException {
    return collect(PARTIAL_KEPT, dependents);
  }

  /// Delete exactly what neither a name nor a lease reaches, and partial content of an age.
  public Collected collect(Duration partialKept, Dependents dependents) throws ImageException {
    boolean interrupted = Thread.interrupted(); // a channel would be closed by it
    try (var _ = lock()) {
      var collected = new Collector(this).collect(partialKept, dependents);
      makeSpare();
      return collected;
    } catch (IOException e) {
      throw broken("cannot collect garbage in " + root, e);
    } finally {
      interruptAgain(interrupted);
    }
  }

  /// Collect if a process has died that held a lease, since what it fetched last has no name; or if
  /// there is partial content that is too old.
  public void recover(Dependents dependents) throws ImageException {
    try (var _ = lock()) {
      boolean _ = Files.deleteIfExists(Durable.unfinished(indexFile()));
      if (!Lease.read(leases()).dead().isEmpty()
          || !Collector.stale(this, PARTIAL_KEPT).isEmpty()) {
        var _ = new Collector(this).collect(PARTIAL_KEPT, dependents);
      }
    } catch (IOException e) {
      throw broken("cannot recover " + root, e);
    }
  }

  /// Make content partial that a lease alone holds, so that whoever wants it within [#PARTIAL_KEPT]
  /// goes on from there.
  public void setAside(Lease lease) throws ImageException {
    boolean interrupted = Thread.interrupted(); // a channel would be closed by it
    try (var _ = lock()) {
      boolean _ = Files.deleteIfExists(lease.file());
      var reach = Reach.from(this, references().values(), Lease.read(leases()).held());
      for (var digest : lease.held()) {
        if (!reach.contains(digest) && Files.exists(blob(digest))) {
          Durable.move(blob(digest), ingestFile(digest));
        }
      }
    } catch (IOException e) {
      throw broken("cannot keep what was fetched", e);
    } finally {
      interruptAgain(interrupted);
    }
  }

  private static void interruptAgain(boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Do something while nothing is collected, no name given and no lease taken; briefly.
  public <T, E extends Exception> T undisturbed(Undisturbed<T, E> action) throws E, ImageException {
    FileLock mine;
    try {
      mine = lock();
    } catch (IOException e) {
      throw broken("cannot lock " + root, e);
    }
    try (mine) {
      return action.run();
    }
  }

  /// What is done with the store locked.
  ///
  /// @param <T> its result
  /// @param <E> what it throws
  public interface Undisturbed<T, E extends Exception> {
    T run() throws E;
  }

  /// Look at everything and change nothing; a sound store has no problems.
  ///
  /// Reads all content. The store is locked against changes of names and leases meanwhile.
  public List<Problem> fsck() throws ImageException {
    try (var _ = lock()) {
      return new Fsck(this).problems();
    } catch (IOException e) {
      throw broken("cannot look at " + root, e);
    }
  }

  /// Return where content is, or would be.
  public Path blob(Digest digest) {
    return root.resolve("blobs").resolve(digest.algorithm().id()).resolve(digest.hex());
  }

  Path ingestFile(Digest digest) {
    return ingests().resolve(digest.algorithm().id() + "-" + digest.hex());
  }

  Path ingests() {
    return root.resolve("ingest");
  }

  Path leases() {
    return root.resolve("leases");
  }

  Path blobs() {
    return root.resolve("blobs");
  }

  private Path spare() {
    return root.resolve("spare");
  }

  private Path indexFile() {
    return root.resolve("index.json");
  }

  FileLock lock() throws IOException {
    return FileLock.acquire(root.resolve("lock"));
  }

  static ImageException broken(String deed, Exception e) {
    return new ImageException(Category.INTERNAL, deed + ": " + e.getMessage(), FullDisk.hint(e), e);
  }
}
