package jontainers.image.content;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.image.ImageException;
import jontainers.linux.FileLock;
import jontainers.oci.Digest;
import jontainers.oci.ManifestKind;
import jontainers.oci.OciFormatException;

/// Delete what nothing reaches, with the store locked.
///
/// Indexes go first, then manifests, then the rest: a collection that is cut off leaves no document
/// without what it needs.
final class Collector {
  private final ContentStore store;

  Collector(ContentStore store) {
    this.store = store;
  }

  Collected collect(Duration partialKept, ContentStore.Dependents dependents)
      throws IOException, ImageException {
    var leases = Lease.read(store.leases());
    var reach = Reach.from(store, store.references().values(), leases.held());
    var unreached = new ArrayList<Digest>();
    for (var digest : blobs(store)) {
      if (!reach.contains(digest)) {
        unreached.add(digest);
      }
    }
    long bytes = 0;
    var deleted = new ArrayList<Digest>();
    for (var kind :
        List.of(
            Optional.of(ManifestKind.INDEX),
            Optional.of(ManifestKind.MANIFEST),
            Optional.<ManifestKind>empty())) {
      for (var digest : unreached) {
        var blob = store.blob(digest);
        if (Files.exists(blob) && Reach.kind(blob).equals(kind)) {
          if (kind.isEmpty() && leases.lost().contains(digest)) {
            Durable.move(blob, store.ingestFile(digest)); // whoever wants it goes on from there
            continue;
          }
          bytes += Files.size(blob);
          boolean _ = Files.deleteIfExists(blob);
          deleted.add(digest);
        }
      }
    }
    dependents.collect(reach.reached());
    var partials = stale(store, partialKept);
    for (var partial : partials) {
      bytes += deletePartial(partial);
    }
    // Last, since they are why the next process collects if this one dies before.
    for (var lease : leases.dead()) {
      boolean _ = Files.deleteIfExists(lease);
    }
    return new Collected(deleted, partials.size(), bytes);
  }

  private static long deletePartial(Path partial) throws IOException {
    var lock = FileLock.tryAcquire(partial);
    if (lock.isEmpty()) {
      return 0;
    }
    try (var _ = lock.get()) {
      long size = Files.size(partial);
      boolean _ = Files.deleteIfExists(partial);
      return size;
    }
  }

  /// List partial content that nobody writes and nobody wrote for a time, and what nobody can go on
  /// with.
  static List<Path> stale(ContentStore store, Duration kept) throws IOException {
    var newest = Instant.now().minus(kept);
    var stale = new ArrayList<Path>();
    try (var files = Files.newDirectoryStream(store.ingests())) {
      for (var file : files) {
        if (isOver(file, newest)) {
          var lock = FileLock.tryAcquire(file);
          lock.ifPresent(FileLock::close);
          if (lock.isPresent()) {
            stale.add(file);
          }
        }
      }
    }
    return stale;
  }

  private static boolean isOver(Path file, Instant newest) throws IOException {
    return Files.exists(file)
        && (file.getFileName().toString().startsWith(Spool.PREFIX)
            || !Files.getLastModifiedTime(file).toInstant().isAfter(newest));
  }

  /// List the digests of all content.
  static List<Digest> blobs(ContentStore store) throws IOException {
    var blobs = new ArrayList<Digest>();
    for (var algorithm : Digest.Algorithm.values()) {
      try (var files = Files.newDirectoryStream(store.blobs().resolve(algorithm.id()))) {
        for (var file : files) {
          digest(algorithm, file).ifPresent(blobs::add);
        }
      }
    }
    return blobs;
  }

  static Optional<Digest> digest(Digest.Algorithm algorithm, Path file) {
    return digest(algorithm, file.getFileName().toString());
  }

  static Optional<Digest> digest(Digest.Algorithm algorithm, String hex) {
    try {
      return Optional.of(new Digest(algorithm, hex));
    } catch (OciFormatException e) {
      return Optional.empty();
    }
  }
}
