package jontainers.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import jontainers.image.ImageException;
import jontainers.image.tar.Tar;
import jontainers.linux.FileLock;
import jontainers.oci.Digest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayerStoreTest {
  private static final byte[] TAR =
      new Tar().directory("d/", 0755).file("d/f", 0644, "hello").bytes();
  private static final Digest DIFF_ID = Digest.of(TAR);

  @TempDir Path temporary;
  private Path directory = Path.of("/");

  @BeforeEach
  void place() {
    directory = temporary.resolve("layers");
  }

  private static byte[] compressed(Compression compression) throws IOException {
    if (compression == Compression.ZSTD) {
      return Zstd.compressed(TAR);
    }
    var out = new ByteArrayOutputStream();
    try (var stream = compression.compressing(out)) {
      stream.write(TAR);
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void a_layer_is_unpacked_once_and_found_again(Compression compression) throws Exception {
    var store = open();

    var layer = store.unpack(DIFF_ID, new ByteArrayInputStream(compressed(compression)));
    var again = open().unpack(DIFF_ID, broken());

    assertThat(layer.fs().resolve("d/f")).hasContent("hello");
    assertThat(layer.size()).isEqualTo(5);
    assertThat(layer.entries()).isEqualTo(2);
    assertThat(again).isEqualTo(layer);
    assertThat(store.find(DIFF_ID)).contains(layer);
    assertThat(store.list()).containsExactly(layer);
    assertThat(store.usage()).isEqualTo(5);
    assertNothingTemporary();
  }

  @Test
  void another_layer_than_was_named_is_refused_and_nothing_of_it_is_left() throws Exception {
    var store = open();
    var other = Digest.of(new byte[0]);

    assertThatThrownBy(() -> store.unpack(other, new ByteArrayInputStream(TAR)))
        .isInstanceOf(ImageException.class)
        .hasMessage("layer " + other + " has another content: " + DIFF_ID);
    assertThat(store.list()).isEmpty();
    assertNothingTemporary();
  }

  @Test
  void what_is_behind_the_archives_end_belongs_to_the_diff_id() throws Exception {
    byte[] longer = Arrays.copyOf(TAR, TAR.length + 9000);
    longer[longer.length - 1] = 1;

    var layer = open().unpack(Digest.of(longer), new ByteArrayInputStream(longer));

    assertThat(layer.fs().resolve("d/f")).hasContent("hello");
  }

  @Test
  void an_empty_layer_is_one() throws Exception {
    byte[] empty = new byte[1024];

    var layer = open().unpack(Digest.of(empty), new ByteArrayInputStream(empty));

    assertThat(layer.fs()).isEmptyDirectory();
    assertThat(layer.size()).isZero();
  }

  @Test
  void a_stream_that_breaks_leaves_nothing() throws Exception {
    var store = open();
    var breaking =
        new SlowStream() {
          private int left = 1000;

          @Override
          int next() throws IOException {
            if (left-- == 0) {
              throw new IOException("connection reset");
            }
            return TAR[1000 - left - 1] & 0xff;
          }
        };

    assertThatThrownBy(() -> store.unpack(DIFF_ID, breaking))
        .hasMessage("cannot unpack the layer: connection reset");
    assertThat(store.list()).isEmpty();
    assertNothingTemporary();
  }

  @Test
  void of_many_who_want_a_layer_one_unpacks_it_and_all_get_it() throws Exception {
    var reads = new AtomicInteger();
    var stores = new LayerStore[] {open(), open()};
    var works = new ArrayList<Callable<Layer>>();
    for (int i = 0; i < 8; i++) {
      var store = stores[i % 2];
      works.add(() ->
          store.unpack(
              DIFF_ID,
              new ByteArrayInputStream(TAR) {
                @Override
                public synchronized int read(byte[] bytes, int offset, int length) {
                  if (pos == 0 && length > 0) {
                    reads.incrementAndGet();
                  }
                  return super.read(bytes, offset, length);
                }
              }));
    }

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var layers = threads.invokeAll(works).stream().map(LayerStoreTest::result).distinct();
      assertThat(layers).hasSize(1);
    }
    assertThat(reads).hasValue(1);
    assertNothingTemporary();
  }

  @Test
  void layers_are_unpacked_beside_each_other() throws Exception {
    var store = open();
    byte[] other = new Tar().file("other", 0644, "x").bytes();
    var gate = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = threads.submit(() -> store.unpack(DIFF_ID, new Gated(gate)));

      var second = store.unpack(Digest.of(other), new ByteArrayInputStream(other));

      assertThat(second.fs().resolve("other")).exists();
      assertThat(first.isDone()).isFalse();
      gate.countDown();
      assertThat(first.get().fs().resolve("d/f")).hasContent("hello");
    }
  }

  @Test
  void whoever_waits_can_be_interrupted_and_the_other_goes_on() throws Exception {
    var store = open();
    var gate = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = threads.submit(() -> store.unpack(DIFF_ID, new Gated(gate)));
      while (isEmpty(directory.resolve("tmp"))) {
        Thread.onSpinWait();
      }
      var failure = new AtomicReference<Throwable>();
      var started = new CountDownLatch(1);
      var waiting =
          Thread.ofPlatform()
              .start(() -> {
                started.countDown();
                try {
                  store.unpack(DIFF_ID, broken());
                } catch (ImageException e) {
                  failure.set(e);
                }
              });
      started.await();
      waiting.interrupt();
      waiting.join();

      assertThat(failure.get()).hasMessage("interrupted while waiting for layer " + DIFF_ID);
      gate.countDown();
      assertThat(first.get().size()).isEqualTo(5);
    }
  }

  @Test
  void an_interrupted_unpacking_ends_and_leaves_nothing() throws Exception {
    var store = open();
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> store.unpack(DIFF_ID, new ByteArrayInputStream(TAR)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("interrupted");

    assertThat(Thread.interrupted()).isTrue();
    assertThat(store.list()).isEmpty();
    assertNothingTemporary();
  }

  @Test
  void a_removed_layer_is_gone_and_can_be_unpacked_anew() throws Exception {
    var store = open();
    var layer = store.unpack(DIFF_ID, new ByteArrayInputStream(TAR));

    store.remove(DIFF_ID);
    store.remove(DIFF_ID);

    assertThat(layer.fs()).doesNotExist();
    assertThat(store.find(DIFF_ID)).isEmpty();
    assertThat(store.usage()).isZero();
    assertNothingTemporary();
    assertThat(store.unpack(DIFF_ID, new ByteArrayInputStream(TAR))).isEqualTo(layer);
  }

  @Test
  void leftovers_are_removed_on_opening_but_not_those_somebody_works_at() throws Exception {
    var first = open();
    var dead = Files.createDirectories(directory.resolve("tmp/" + DIFF_ID.hex() + ".1/fs/a"));
    var live = Files.createDirectories(directory.resolve("tmp/abc.2/fs"));

    try (var _ = FileLock.acquire(directory.resolve("locks/abc"))) {
      var _ = open();
    }

    assertThat(dead).doesNotExist();
    assertThat(live).exists();
    assertThat(first.list()).isEmpty();
    var _ = open();
    assertThat(live).doesNotExist();
  }

  @Test
  void a_directory_without_its_totals_is_no_layer() throws Exception {
    var store = open();
    var damaged = Files.createDirectories(directory.resolve("sha256/" + DIFF_ID.hex() + "/fs/x"));

    assertThat(store.list()).isEmpty();
    var layer = store.unpack(DIFF_ID, new ByteArrayInputStream(TAR));

    assertThat(damaged).doesNotExist();
    assertThat(layer.fs().resolve("d/f")).exists();
  }

  @Test
  void damaged_totals_are_told() throws Exception {
    var store = open();
    var layer = store.unpack(DIFF_ID, new ByteArrayInputStream(TAR));
    var totals = layer.fs().resolveSibling("layer");
    Files.writeString(totals, "size x\n");

    assertThatThrownBy(() -> store.find(DIFF_ID))
        .hasMessage("cannot read layer " + DIFF_ID + ": " + totals + " is damaged: size x");
  }

  private LayerStore open() throws ImageException {
    return LayerStore.open(directory, Privilege.ROOTLESS, LayerLimits.STANDARD);
  }

  private void assertNothingTemporary() throws IOException {
    assertThat(isEmpty(directory.resolve("tmp"))).isTrue();
  }

  private static boolean isEmpty(Path path) throws IOException {
    try (var list = Files.list(path)) {
      return list.findAny().isEmpty();
    }
  }

  /// Goes on behind its first bytes when it may.
  private static final class Gated extends SlowStream {
    private final CountDownLatch gate;
    private int at;

    Gated(CountDownLatch gate) {
      this.gate = gate;
    }

    @Override
    int next() throws IOException {
      if (at == 600) {
        try {
          gate.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      return at < TAR.length ? TAR[at++] & 0xff : -1;
    }
  }

  private static InputStream broken() {
    return new SlowStream() {
      @Override
      int next() throws IOException {
        throw new IOException("must not be read");
      }
    };
  }

  private static Layer result(Future<Layer> future) {
    try {
      return future.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }
}
