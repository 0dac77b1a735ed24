package jontainers.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import jontainers.image.layer.Compression;
import jontainers.image.layer.Privilege;
import jontainers.image.name.RegistryConfig;
import jontainers.image.registry.Credentials;
import jontainers.image.registry.FaultyRegistry;
import jontainers.image.registry.PlatformMatch;
import jontainers.image.registry.RegistryClient;
import jontainers.image.registry.Timing;
import jontainers.image.registry.TransferListener;
import jontainers.image.tar.Tar;
import jontainers.oci.Digest;
import jontainers.oci.ImageConfig;
import jontainers.testkit.Command;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whatever does not fit onto the disk leaves nothing on it and goes when there is room.
@KernelTest
class FullDiskTest {
  private static final String OWNER = "full";

  @TempDir private Path directory;
  private Path disk;
  private Path filler;
  private Path archives;
  private ImageStore store;
  private FaultyRegistry registry;

  /// The JDK keeps a socket of its own from the first server on, which is no leak.
  @BeforeAll
  static void server() throws IOException {
    new FaultyRegistry().close();
  }

  @BeforeEach
  void mount() throws Exception {
    archives = Files.createDirectory(directory.resolve("archives"));
    registry = new FaultyRegistry();
    CrashImages.make(archives, registry, OWNER);
    disk = Files.createDirectory(directory.resolve("disk"));
    Command.run("mount", "-t", "tmpfs", "-o", "size=8M", "tmpfs", disk.toString());
    filler = disk.resolve("filler");
    store = ImageStore.open(disk.resolve("images"), Privilege.ROOT, ImageStore.LayersInUse.NONE);
  }

  @AfterEach
  void umount() throws Exception {
    registry.close();
    Command.run("umount", disk.toString());
  }

  private long free() throws IOException {
    return Files.getFileStore(disk).getUsableSpace();
  }

  private void leave(int kilobytes) throws IOException {
    Files.write(filler, new byte[(int) free() - (kilobytes << 10)]);
  }

  /// What fills the disk.
  enum Deed {
    PULL,
    LOAD,
    IMPORT,
    COMMIT,
    UNPACK
  }

  /// The first number is too small for the content, the second one for what is unpacked.
  @ParameterizedTest
  @CsvSource({
    "PULL, 200",
    "PULL, 1000",
    "LOAD, 200",
    "LOAD, 1000",
    "IMPORT, 300",
    "IMPORT, 1500",
    "COMMIT, 300",
    "COMMIT, 1500",
    "UNPACK, 100"
  })
  void what_does_not_fit_leaves_nothing(Deed deed, int kilobytes) throws Exception {
    boolean unpacks = deed == Deed.UNPACK;
    if (unpacks) {
      perform(Deed.LOAD);
      for (var layer : store.layers().list()) {
        store.layers().remove(layer.diffId());
      }
    }
    leave(kilobytes);
    long before = free();

    var error = catchThrowableOfType(ImageException.class, () -> perform(deed));

    assertThat(error).hasMessageContaining("No space left on device");
    assertThat(error.hint()).startsWith("free some space");
    assertThat(store.fsck()).isEmpty();
    assertThat(store.list()).hasSize(unpacks ? 1 : 0);
    if (!unpacks) { // layers that did fit are those of an image
      assertThat(free()).isEqualTo(before);
    }
    assertThat(disk.resolve("images/content/leases")).isEmptyDirectory();
    assertThat(disk.resolve("images/content/ingest")).isEmptyDirectory();
    assertThat(disk.resolve("images/layers/tmp")).isEmptyDirectory();

    Files.delete(filler);
    perform(deed);
    assertThat(store.fsck()).isEmpty();
    assertThat(store.unpack(store.list().getFirst())).isNotEmpty();
  }

  private void perform(Deed deed) throws Exception {
    var name = Optional.of(store.newName("localhost/some:1"));
    var plan =
        new NewImage(
            Optional.empty(),
            ImageConfig.Config.NONE,
            PlatformMatch.host().platform(),
            "",
            "",
            "",
            Instant.EPOCH);
    byte[] tar = new Tar().file("f", 0644, CrashImages.text(new Random(1), 1_000_000)).bytes();
    switch (deed) {
      case PULL -> {
        var credentials = Credentials.of(directory.resolve("no-credentials"));
        try (var client =
            RegistryClient.of(RegistryConfig.EMPTY, credentials, Timing.USUAL, Map.of())) {
          var reference = store.reference(registry.domain() + "/" + OWNER + "/pulled:0");
          var _ = store.pull(client, reference, PlatformMatch.host(), TransferListener.NONE);
        }
      }
      case LOAD -> {
        try (var in =
            new SequenceInputStream(
                Files.newInputStream(archives.resolve("0.tar")),
                new ByteArrayInputStream(CrashImages.layoutOf(archives, 0, "localhost/some:1")))) {
          var _ = store.load(in);
        }
      }
      case IMPORT -> {
        var _ = store.importRootfs(plan, new ByteArrayInputStream(tar), name);
      }
      case COMMIT -> {
        ImageStore.LayerSource<IOException> source =
            out -> {
              out.write(tar);
              return Digest.of(tar);
            };
        try {
          var _ = store.create(plan, Compression.NONE, source, name);
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
      case UNPACK -> {
        var _ = store.unpack(store.list().getFirst());
      }
    }
  }

  @Test
  void an_image_can_be_removed_where_not_a_byte_is_free() throws Exception {
    perform(Deed.LOAD);
    leave(0);
    assertThat(free()).isZero();

    var removed = store.remove(List.copyOf(store.list().getFirst().names()));

    assertThat(removed.images()).hasSize(1);
    assertThat(store.fsck()).isEmpty();
    assertThat(free()).isGreaterThan(1_000_000);
  }
}
