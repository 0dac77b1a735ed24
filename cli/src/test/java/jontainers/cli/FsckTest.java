package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Damage of the store of images is found, and can be mended.
@KernelTest
class FsckTest {
  @RegisterExtension final Machine machine = new Machine();

  @BeforeEach
  void busybox() throws IOException {
    machine.text("tar", "-C", "fs/orig", "-cf", "rootfs.tar", ".");
    machine.text("tar", "-C", "fs/orig/etc", "-cf", "etc.tar", ".");
    importOf("rootfs.tar", "busybox");
    importOf("etc.tar", "other");
  }

  private void importOf(String file, String name) throws IOException {
    assertThat(machine.jontainers("import", file, name).errors()).isEmpty();
  }

  private Path content() {
    return machine.root().resolve("images/content");
  }

  @Test
  void a_sound_store_has_no_problems() throws IOException {
    var outcome = machine.jontainers("fsck");

    assertThat(outcome.code()).as(outcome.errors()).isZero();
    assertThat(outcome.out()).isEqualTo("no problems\n");
  }

  /// The layer is the largest of its blobs, then come the documents.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void an_image_that_is_damaged_is_removed_and_made_again(int number) throws IOException {
    var blob = blobOfBusybox(number);
    byte[] bytes = Files.readAllBytes(blob);
    bytes[bytes.length / 2] ^= 1;
    Files.write(blob, bytes);

    var found = machine.jontainers("fsck");

    assertThat(found.code()).isEqualTo(1);
    assertThat(found.out())
        .contains("sha256:" + blob.getFileName() + ": is in fact sha256:")
        .contains("docker.io/library/busybox:latest");
    assertThat(found.errors()).contains("hint: remove the images that need it (jontainers rmi)");
    assertThat(machine.jontainers("images", "-q", "other").lines())
        .as("the others are there")
        .hasSize(1);
    var removed = machine.jontainers("rmi", "busybox");
    assertThat(removed.code()).as(removed.errors()).isZero();
    importOf("rootfs.tar", "busybox");
    assertThat(machine.jontainers("fsck").out()).isEqualTo("no problems\n");
    assertThat(machine.jontainers("run", "--rm", "--network", "none", "busybox", "echo", "x").out())
        .isEqualTo("x\n");
  }

  private Path blobOfBusybox(int number) throws IOException {
    String index = Files.readString(content().resolve("index.json"));
    String manifest = index.replaceAll("(?s).*?\"digest\":\\s*\"sha256:([0-9a-f]{64})\".*", "$1");
    var blobs = content().resolve("blobs/sha256");
    String document = Files.readString(blobs.resolve(manifest));
    try (var files = Files.list(blobs)) {
      return files
          .filter(f -> {
            String name = f.getFileName().toString();
            return name.equals(manifest) || document.contains(name);
          })
          .sorted(Comparator.comparingLong(FsckTest::size).reversed())
          .toList()
          .get(number);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void what_does_not_belong_there_is_named() throws IOException {
    for (String file :
        new String[] {
          "content/blobs/sha256/notes", "content/ingest/notes", "layers/sha256/notes"
        }) {
      Files.writeString(machine.root().resolve("images").resolve(file), "x");
    }

    var found = machine.jontainers("fsck");

    assertThat(found.code()).isEqualTo(1);
    assertThat(found.lines()).hasSize(3);
    assertThat(found.errors()).contains("hint: files that are none of the store's can be deleted");
  }

  @Test
  void what_was_left_by_halves_is_gone_before_it_is_looked_for() throws IOException {
    Files.writeString(content().resolve("leases/of-nobody"), "sha256:" + "0".repeat(64) + "\n");
    Files.writeString(content().resolve("ingest/spool-of-nobody"), "x");
    Files.writeString(content().resolve("index.json.new"), "x");
    Files.createDirectories(machine.root().resolve("images/layers/tmp/aa.1/fs/dir"));

    assertThat(machine.jontainers("fsck").out()).isEqualTo("no problems\n");

    assertThat(content().resolve("leases")).isEmptyDirectory();
    assertThat(content().resolve("ingest")).isEmptyDirectory();
    assertThat(content().resolve("index.json.new")).doesNotExist();
    assertThat(machine.root().resolve("images/layers/tmp")).isEmptyDirectory();
  }
}
