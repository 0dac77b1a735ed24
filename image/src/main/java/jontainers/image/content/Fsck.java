package jontainers.image.content;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import jontainers.image.ImageException;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;

/// Find everything that is wrong with a store, with the store locked.
final class Fsck {
  private final ContentStore store;
  private final List<Problem> problems = new ArrayList<>();
  private Map<String, Descriptor> references = Map.of();

  Fsck(ContentStore store) {
    this.store = store;
  }

  List<Problem> problems() throws IOException, ImageException {
    var leases = Lease.read(store.leases());
    if (!leases.dead().isEmpty()) {
      add(Problem.Kind.DEAD_LEASE, store.leases(), "a lease of a process that has ended");
    }
    references = store.references();
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
            add(
                Problem.Kind.MISSING,
                digest,
                "is not here, but " + parent + " needs it" + of(parent)));
    strangers();
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
      add(Problem.Kind.DAMAGED, digest, "is in fact " + found + of(digest));
    }
    if (!reach.contains(digest)) {
      add(Problem.Kind.ORPHAN, digest, "nothing reaches it");
    }
  }

  private void strangers() throws IOException {
    try (var files = Files.newDirectoryStream(store.ingests())) {
      for (var file : files) {
        String name = file.getFileName().toString();
        boolean ours =
            name.startsWith(Spool.PREFIX)
                || Stream.of(Digest.Algorithm.values())
                    .anyMatch(algorithm ->
                        name.startsWith(algorithm.id() + "-")
                            && Collector.digest(algorithm, name.substring(name.indexOf('-') + 1))
                                .isPresent());
        if (!ours) {
          add(Problem.Kind.STRANGE_FILE, file, "is no partial content");
        }
      }
    }
  }

  /// Return whose content it is, as a part of a sentence.
  private String of(Digest digest) {
    var names = new ArrayList<String>();
    for (var reference : references.entrySet()) {
      try {
        if (Reach.from(store, List.of(reference.getValue()), Set.of()).contains(digest)) {
          names.add(reference.getKey());
        }
      } catch (IOException | ImageException e) {
        names.add("perhaps " + reference.getKey());
      }
    }
    return names.isEmpty() ? "" : " (of " + String.join(", ", names) + ")";
  }

  private void add(Problem.Kind kind, Object object, String detail) {
    problems.add(new Problem(kind, object.toString(), detail));
  }
}
