package jontainers.image.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.MediaTypes;
import jontainers.oci.Platform;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Content by digest: what is published is what its digest says, and what is deleted is what
/// nothing reaches.
class ContentStoreTest {
  private static final Images ARM = Images.image(Platform.of("linux", "arm64", null), 50, 60);
  private static final Images AMD = Images.amd64(100, 200);

  @TempDir private Path root;
  private ContentStore store;

  @BeforeEach
  void open() throws ImageException {
    store = ContentStore.open(root.resolve("store"));
  }

  @Test
  void content_is_published_when_its_digest_is_right() throws Exception {
    byte[] bytes = {1, 2, 3};
    for (var digest : List.of(Digest.of(bytes), sha512(bytes))) {
      var descriptor = Descriptor.of(MediaTypes.LAYER, digest, bytes.length);
      try (var lease = store.lease();
          var ingest = store.ingest(lease, descriptor).orElseThrow()) {
        ingest.write(bytes, 0, 3);
        assertThat(store.has(descriptor)).isFalse();
        ingest.commit();
      }
      assertThat(store.read(descriptor)).isEqualTo(bytes);
    }
  }

  @Test
  void what_is_not_what_it_should_be_is_never_published() throws Exception {
    var descriptor = Descriptor.of(MediaTypes.LAYER, new byte[] {1, 2, 3});
    try (var lease = store.lease();
        var ingest = store.ingest(lease, descriptor).orElseThrow()) {
      ingest.write(new byte[] {1, 2}, 0, 2);
      assertThatThrownBy(ingest::commit).hasMessageContaining("ends after 2 of 3 bytes");
      assertThatThrownBy(() -> ingest.write(new byte[2], 0, 2))
          .hasMessageContaining("longer than the 3 bytes");
      ingest.write(new byte[1], 0, 1);
      assertThatThrownBy(ingest::commit).hasMessageContaining("is in fact sha256:");
      assertThat(ingest.offset()).isZero();
    }
    assertThat(store.has(descriptor)).isFalse();
    assertThat(store.fsck()).isEmpty();
  }

  @Test
  void an_ingest_goes_on_where_it_was_cut_off() throws Exception {
    byte[] bytes = AMD.layers().get(0);
    var descriptor = AMD.layerDescriptors().get(0);
    try (var lease = store.lease()) {
      try (var ingest = store.ingest(lease, descriptor).orElseThrow()) {
        ingest.write(bytes, 0, 40);
      }
      try (var ingest = ContentStore.open(root.resolve("store")).ingest(lease, descriptor).get()) {
        assertThat(ingest.offset()).isEqualTo(40);
        ingest.write(bytes, 40, 60);
        ingest.commit();
      }
      assertThat(store.ingest(lease, descriptor)).isEmpty();
    }
    assertThat(Files.readAllBytes(store.blob(descriptor.digest()))).isEqualTo(bytes);
  }

  @RepeatedTest(20) // a race
  void whoever_wants_what_another_fetches_waits_for_it() throws Exception {
    byte[] bytes = AMD.layers().get(0);
    var descriptor = AMD.layerDescriptors().get(0);
    try (var lease = store.lease()) {
      var waiting = new java.util.concurrent.FutureTask<>(() -> store.ingest(lease, descriptor));
      Thread thread;
      try (var ingest = store.ingest(lease, descriptor).orElseThrow()) {
        thread = Thread.ofPlatform().start(waiting);
        ingest.write(bytes, 0, bytes.length);
        ingest.commit();
      }
      assertThat(waiting.get()).isEmpty();
      thread.join();
    }
    assertThat(root.resolve("store/ingest")).isEmptyDirectory();
  }

  @Test
  void names_survive_and_can_be_changed_and_forgotten() throws Exception {
    try (var lease = store.lease()) {
      AMD.store(store, lease);
      ARM.store(store, lease);
      store.name("q.io/a:1", AMD.manifest());
      store.name("q.io/b:1", ARM.manifest());
      store.name("q.io/a:1", ARM.manifest());
    }
    var again = ContentStore.open(root.resolve("store"));
    assertThat(again.resolve("q.io/a:1").orElseThrow().digest()).isEqualTo(ARM.manifest().digest());
    String lost = AMD.manifest().digest().toString();
    assertThat(again.references()).containsOnlyKeys("q.io/a:1", "q.io/b:1", lost);
    assertThat(again.collect(ContentStore.Dependents.NONE).blobs()).isEmpty();
    assertThat(again.forget("q.io/b:1")).isTrue();
    assertThat(again.forget("q.io/b:1")).isFalse();
    assertThat(store.references()).containsOnlyKeys("q.io/a:1", lost);
    store.name("q.io/c:1", AMD.manifest());
    assertThat(store.references())
        .as("it has a name again")
        .containsOnlyKeys("q.io/a:1", "q.io/c:1");
    assertThatThrownBy(() -> store.name("x", Descriptor.of(MediaTypes.MANIFEST, new byte[] {1})))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.category()).isEqualTo(Category.NOT_FOUND));
  }

  @Test
  void content_without_a_digest_is_stored_under_its_own() throws Exception {
    byte[] bytes = "spooled".getBytes(UTF_8);
    try (var lease = store.lease()) {
      for (int i = 0; i < 2; i++) {
        try (var spool = store.spool(lease, Digest.Algorithm.SHA512)) {
          spool.write(bytes, 0, 3);
          spool.write(bytes[3]);
          spool.write(bytes, 4, 3);
          var descriptor = spool.commit("text/plain");
          assertThat(descriptor.size()).isEqualTo(7);
          assertThat(descriptor.digest().algorithm()).isEqualTo(Digest.Algorithm.SHA512);
          assertThat(store.read(descriptor)).isEqualTo(bytes);
        }
      }
      try (var spool = store.spool(lease, Digest.Algorithm.SHA256)) {
        spool.write(bytes, 0, 3);
      }
      assertThat(root.resolve("store/ingest")).isEmptyDirectory();
      assertThat(store.collect(ContentStore.Dependents.NONE).blobs()).isEmpty();
    }
    assertThat(store.collect(ContentStore.Dependents.NONE).blobs()).hasSize(1);
  }

  @Test
  void collection_deletes_exactly_what_nothing_reaches() throws Exception {
    byte[] index = Images.index(AMD, ARM);
    var indexDescriptor = Descriptor.of(MediaTypes.INDEX, index);
    try (var lease = store.lease()) {
      AMD.store(store, lease);
      ARM.store(store, lease);
      store.put(lease, indexDescriptor, index);
      store.name("q.io/all:1", indexDescriptor);
      store.name("q.io/amd:1", AMD.manifest());
    }
    assertThat(store.collect(ContentStore.Dependents.NONE).blobs()).isEmpty();

    boolean _ = store.forget("q.io/all:1");
    assertThat(store.fsck())
        .extracting(Problem::kind)
        .containsOnly(Problem.Kind.ORPHAN)
        .hasSize(5); // the index, and of the other platform a manifest, a configuration, two layers
    assertThat(store.collect(ContentStore.Dependents.NONE).blobs())
        .containsExactlyInAnyOrder(
            indexDescriptor.digest(),
            ARM.manifest().digest(),
            ARM.config().digest(),
            ARM.layerDescriptors().get(0).digest(),
            ARM.layerDescriptors().get(1).digest());
    assertThat(store.fsck()).isEmpty();
    assertThat(store.read(AMD.manifest())).isEqualTo(AMD.manifestBytes());
  }

  @Test
  void a_platform_that_was_not_pulled_is_no_loss() throws Exception {
    byte[] index = Images.index(AMD, ARM);
    var indexDescriptor = Descriptor.of(MediaTypes.INDEX, index);
    try (var lease = store.lease()) {
      AMD.store(store, lease);
      store.put(lease, indexDescriptor, index);
      store.name("q.io/all:1", indexDescriptor);
    }
    assertThat(store.collect(ContentStore.Dependents.NONE).blobs()).isEmpty();
    assertThat(store.fsck()).isEmpty();
  }

  @Test
  void what_a_lease_holds_stays_until_it_is_closed() throws Exception {
    var other = ContentStore.open(root.resolve("store"));
    try (var lease = store.lease()) {
      AMD.store(store, lease);
      assertThat(other.collect(ContentStore.Dependents.NONE).blobs()).isEmpty();
      assertThat(other.fsck()).isEmpty();
    }
    assertThat(other.collect(ContentStore.Dependents.NONE).blobs()).hasSize(4);
  }

  @Test
  void a_lease_of_a_dead_process_is_void() throws Exception {
    try (var lease = store.lease()) {
      AMD.store(store, lease);
    }
    // what SIGKILL leaves: the file without its lock
    var layer = AMD.layerDescriptors().getFirst();
    var _ =
        Files.writeString(
            root.resolve("store/leases/dead"),
            AMD.manifest().digest() + "\n" + layer.digest() + "\nsha256:cu");
    assertThat(store.fsck())
        .extracting(Problem::kind)
        .contains(Problem.Kind.DEAD_LEASE, Problem.Kind.ORPHAN);
    store.recover(ContentStore.Dependents.NONE);
    assertThat(store.fsck()).isEmpty();
    assertThat(store.has(AMD.manifest())).isFalse();
    try (var lease = store.lease();
        var ingest = store.ingest(lease, layer).orElseThrow()) {
      assertThat(ingest.offset()).as("whoever wants it goes on").isEqualTo(layer.size());
      ingest.commit();
      assertThat(store.has(layer)).isTrue();
    }
  }

  @Test
  void partial_content_is_kept_for_a_day() throws Exception {
    var descriptor = AMD.layerDescriptors().get(0);
    try (var lease = store.lease();
        var ingest = store.ingest(lease, descriptor).orElseThrow()) {
      ingest.write(AMD.layers().get(0), 0, 10);
      assertThat(store.collect(Duration.ZERO, ContentStore.Dependents.NONE).partials())
          .as("while it is written")
          .isZero();
    }
    assertThat(store.collect(ContentStore.Dependents.NONE).partials()).isZero();
    assertThat(store.fsck()).isEmpty();
    var file = store.ingestFile(descriptor.digest());
    var _ =
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
    assertThat(store.fsck()).extracting(Problem::kind).containsOnly(Problem.Kind.STALE_INGEST);
    assertThat(store.collect(ContentStore.Dependents.NONE))
        .isEqualTo(new Collected(List.of(), 1, 10));
    assertThat(store.fsck()).isEmpty();
  }

  @Test
  void fsck_tells_what_is_damaged_missing_or_strange() throws Exception {
    try (var lease = store.lease()) {
      AMD.store(store, lease);
      store.name("q.io/a:1", AMD.manifest());
    }
    var damaged = store.blob(AMD.layerDescriptors().get(0).digest());
    byte[] bytes = Files.readAllBytes(damaged);
    bytes[7] ^= 1;
    var _ = Files.write(damaged, bytes);
    Files.delete(store.blob(AMD.layerDescriptors().get(1).digest()));
    var _ = Files.writeString(root.resolve("store/blobs/sha256/notes"), "x");

    assertThat(store.fsck())
        .extracting(Problem::kind)
        .containsExactlyInAnyOrder(
            Problem.Kind.DAMAGED, Problem.Kind.MISSING, Problem.Kind.STRANGE_FILE);
  }

  @Test
  void a_blob_that_the_disk_cut_off_is_fetched_again() throws Exception {
    try (var lease = store.lease()) {
      AMD.store(store, lease);
    }
    var layer = AMD.layerDescriptors().get(0);
    var _ = Files.write(store.blob(layer.digest()), Arrays.copyOf(AMD.layers().get(0), 10));
    assertThat(store.has(layer)).isFalse();
    var lie = Descriptor.of(layer.mediaType(), AMD.layerDescriptors().get(1).digest(), 1);
    assertThatThrownBy(() -> store.has(lie)).hasMessageContaining("has 200 bytes and not 1");
  }

  @Test
  void documents_are_verified_when_they_are_read() throws Exception {
    try (var lease = store.lease()) {
      AMD.store(store, lease);
    }
    byte[] bytes = AMD.manifestBytes().clone();
    bytes[0] = ' ';
    var _ = Files.write(store.blob(AMD.manifest().digest()), bytes);
    assertThatThrownBy(() -> store.read(AMD.manifest())).hasMessageContaining("is damaged");
    var large =
        Descriptor.of(
            MediaTypes.MANIFEST, AMD.manifest().digest(), ContentStore.LARGEST_DOCUMENT + 1L);
    assertThatThrownBy(() -> store.read(large)).hasMessageContaining("more than a document");
  }

  private static Digest sha512(byte[] bytes) throws IOException {
    var computation = Digest.Algorithm.SHA512.computation();
    computation.update(bytes);
    return Digest.of(Digest.Algorithm.SHA512, computation);
  }

  @Test
  void a_collection_that_is_cut_off_is_made_up_for_by_the_next_process() throws Exception {
    try (var lease = store.lease()) {
      AMD.store(store, lease);
    }
    var dead = Files.createFile(root.resolve("store/leases/of-nobody"));
    ContentStore.Dependents cutOff =
        kept -> {
          throw new ImageException("killed", "");
        };

    assertThatThrownBy(() -> store.recover(cutOff)).hasMessage("killed");
    assertThat(dead).as("why there is something to collect").exists();
    ContentStore.open(root.resolve("store")).recover(ContentStore.Dependents.NONE);

    assertThat(store.fsck()).isEmpty();
    assertThat(root.resolve("store/leases")).isEmptyDirectory();
  }

  @Test
  void what_is_set_aside_is_gone_on_with() throws Exception {
    var layer = AMD.layerDescriptors().get(0);
    try (var other = store.lease();
        var lease = store.lease()) {
      AMD.store(store, lease);
      other.hold(AMD.layerDescriptors().get(1).digest());
      store.setAside(lease);
      assertThat(store.has(layer)).isFalse();
      assertThat(store.has(AMD.layerDescriptors().get(1))).as("another has it").isTrue();
      assertThat(store.fsck()).isEmpty();
    }
    try (var lease = store.lease();
        var ingest = store.ingest(lease, layer).orElseThrow()) {
      assertThat(ingest.offset()).isEqualTo(layer.size());
      ingest.commit();
    }
    assertThat(store.has(layer)).isTrue();
  }

  @Test
  void partial_content_that_is_too_old_goes_when_a_store_is_opened() throws Exception {
    var old = Files.createFile(root.resolve("store/ingest/sha256-" + "0".repeat(64)));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));

    store.recover(ContentStore.Dependents.NONE);

    assertThat(old).doesNotExist();
  }
}
