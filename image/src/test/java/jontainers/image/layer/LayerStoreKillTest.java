package jontainers.image.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.image.tar.Tar;
import jontainers.oci.Digest;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A process that is killed while it unpacks leaves what the next one removes.
class LayerStoreKillTest {
  private static final byte[] TAR =
      new Tar()
          .directory("d/", 0555)
          .file("d/first", 0444, "x".repeat(300_000))
          .file("d/second", 0444, "x".repeat(300_000))
          .bytes();

  @TempDir Path temporary;

  @ParameterizedTest
  @ValueSource(ints = {200_000, 400_000, 1_000_000})
  void a_process_killed_anywhere_leaves_no_layer(int most) throws Exception {
    var directory = temporary.resolve("layers");
    var diffId = Digest.of(TAR);
    var process = UnpackingProcess.start(List.of(), directory, diffId, Privilege.ROOTLESS);
    try {
      var out = process.getOutputStream();
      out.write(TAR, 0, Math.min(most, TAR.length));
      out.flush();
      while (process.isAlive() && !hasFiles(directory.resolve("tmp"))) {
        Thread.onSpinWait();
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(hasFiles(directory.resolve("tmp"))).as("it was in the middle of it").isTrue();

    var store = LayerStore.open(directory, Privilege.ROOTLESS, LayerLimits.STANDARD);

    assertThat(store.list()).isEmpty();
    assertThat(directory.resolve("tmp")).isEmptyDirectory();
    var layer = store.unpack(diffId, new ByteArrayInputStream(TAR));
    assertThat(layer.fs().resolve("d/second")).hasSize(300_000);
  }

  /// The first chunk is unpacked when it is full, of whatever that takes.
  private static boolean hasFiles(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (var files = Files.walk(directory)) {
      return files.anyMatch(path -> path.endsWith("fs"));
    } catch (UncheckedIOException e) {
      return false; // changed while it was read
    }
  }
}
