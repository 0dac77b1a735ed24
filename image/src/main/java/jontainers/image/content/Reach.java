package jontainers.image.content;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jontainers.image.ImageException;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.Index;
import jontainers.oci.Manifest;
import jontainers.oci.ManifestKind;
import jontainers.oci.OciFormatException;

/// Walk from names and leases to all content that they reach.
///
/// A manifest of an index that is not here is no loss: the platform was not pulled. Whatever else
/// is not here is missing. What a document is, it says itself: a lease knows no media types.
final class Reach {
  private final ContentStore store;
  private final Set<Digest> reached = new LinkedHashSet<>();
  private final Map<Digest, Digest> missing = new LinkedHashMap<>();
  private final Deque<Digest> queue = new ArrayDeque<>();

  private Reach(ContentStore store) {
    this.store = store;
  }

  static Reach from(ContentStore store, Collection<Descriptor> named, Set<Digest> held)
      throws IOException, ImageException {
    var reach = new Reach(store);
    for (var root : named) {
      reach.need(root.digest(), root.digest());
    }
    held.forEach(reach::visit);
    while (!reach.queue.isEmpty()) {
      reach.walk(reach.queue.remove());
    }
    return reach;
  }

  boolean contains(Digest digest) {
    return reached.contains(digest);
  }

  /// Return all that is reached, be it here or not.
  Set<Digest> reached() {
    return Set.copyOf(reached);
  }

  /// Return what is needed and not here, and what needs it.
  Map<Digest, Digest> missing() {
    return missing;
  }

  private void need(Digest digest, Digest parent) {
    if (!Files.exists(store.blob(digest))) {
      missing.putIfAbsent(digest, parent);
    }
    visit(digest);
  }

  private void visit(Digest digest) {
    if (reached.add(digest)) {
      queue.add(digest);
    }
  }

  private void walk(Digest digest) throws IOException {
    var kind = kind(store.blob(digest));
    if (kind.isEmpty()) {
      return;
    }
    byte[] document = Files.readAllBytes(store.blob(digest));
    switch (kind.get()) {
      case INDEX -> Index.parse(document).manifests().forEach(child -> visit(child.digest()));
      case MANIFEST ->
          Manifest.parse(document).children().forEach(child -> need(child.digest(), digest));
    }
  }

  /// Tell what a blob is; empty where it is no manifest and no index, or not here.
  static Optional<ManifestKind> kind(Path blob) throws IOException {
    var document = object(blob);
    if (document.isEmpty()) {
      return Optional.empty();
    }
    try {
      var kind = ManifestKind.of(document.get());
      switch (kind) { // an image's configuration has a field "config", too
        case INDEX -> Index.parse(document.get());
        case MANIFEST -> Manifest.parse(document.get());
      }
      return Optional.of(kind);
    } catch (OciFormatException e) {
      return Optional.empty();
    }
  }

  /// Read what may be a document in JSON; empty where a blob is none, or not here.
  static Optional<byte[]> object(Path blob) throws IOException {
    try {
      if (Files.size(blob) > ContentStore.LARGEST_DOCUMENT) {
        return Optional.empty();
      }
      try (var in = Files.newInputStream(blob)) {
        int first = in.read();
        while (first == ' ' || first == '\n' || first == '\r' || first == '\t') {
          first = in.read();
        }
        if (first != '{') {
          return Optional.empty();
        }
      }
      return Optional.of(Files.readAllBytes(blob));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
