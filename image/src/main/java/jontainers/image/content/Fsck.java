package jontainers.image.content;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import jontainers.image.ImageException;
import jontainers.oci.Digest;

/// Find everything that is wrong with a store, with the store locked.
final class Fsck {
  private final ContentStore store;
  private final List<Problem> problems = new ArrayList<>();

  Fsck(ContentStore store) {
    this.store = store;
  }

  List<Problem> problems() throws IOException, ImageException {
    var leases = Lease.read(store.leases());
    if (leases.died()) {
      add(Problem.Kind.DEAD_LEASE, store.leases(), "a lease of a process that has ended");
    }
    var references = store.references();
    var reach = Reach.from(store, references.values(), leases.held());
    for (var algorithm : Digest.Algorithm.values()) {
      try (var files = Files.newDirectoryStream(store.blobs().resolve(algorithm.id()))) {
        for (var file : files) {
          var digest = Collector.digest(algorithm, file);
          if (digest.isEmpty()) {
            add(Problem.Kind.STRANGE_FILE, file, "is not named by a digest");
          } else {
            look(digest.get(), reach);
          }
        }
      }
    }
    reach
        .missing()
        .forEach((digest, parent) ->
            add(Problem.Kind.MISSING, digest, "is not here, but " + parent + " needs it"));
    for (var reference : references.entrySet()) {
      var descriptor = reference.getValue();
      var blob = store.blob(descriptor.digest());
      long size = Files.exists(blob) ? Files.size(blob) : descriptor.size();
      if (size != descriptor.size()) {
        add(
            Problem.Kind.DAMAGED,
            reference.getKey(),
            "should have " + descriptor.size() + " bytes and has " + size);
      }
    }
    for (var partial : Collector.stale(store, ContentStore.PARTIAL_KEPT)) {
      add(Problem.Kind.STALE_INGEST, partial, "is partial, and nobody goes on with it");
    }
    return List.copyOf(problems);
  }

  private void look(Digest digest, Reach reach) throws IOException {
    var found = Hashes.of(store.blob(digest), digest.algorithm());
    if (!found.equals(digest)) {
      add(Problem.Kind.DAMAGED, digest, "is in fact " + found);
    }
    if (!reach.contains(digest)) {
      add(Problem.Kind.ORPHAN, digest, "nothing reaches it");
    }
  }

  private void add(Problem.Kind kind, Object object, String detail) {
    problems.add(new Problem(kind, object.toString(), detail));
  }
}
