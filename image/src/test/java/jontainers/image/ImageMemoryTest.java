package jontainers.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.util.zip.GZIPOutputStream;
import jontainers.image.layer.Layer;
import jontainers.image.layer.Privilege;
import jontainers.image.registry.PlatformMatch;
import jontainers.image.tar.Tar;
import jontainers.oci.Digest;
import jontainers.testkit.Command;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How large an image is, or of how many files, is no matter of memory.
@KernelTest
class ImageMemoryTest {
  private static final int MOST_KILOBYTES = 256 << 10;
  private static final int LARGE = 300 << 20;
  private static final int MANY = 20_000;

  @TempDir private Path directory;

  /// Writes the tar archive of a layer.
  private interface LayerTar {
    void write(OutputStream out) throws IOException;
  }

  @Test
  void a_layer_of_hundreds_of_megabytes_takes_little_memory() throws Exception {
    var layer =
        load(out -> {
          byte[] header = new Tar().header('0', "large", "", 0644, LARGE).bytes();
          out.write(header, 0, 512);
          byte[] zeros = new byte[1 << 20];
          for (int i = 0; i < LARGE / zeros.length; i++) {
            out.write(zeros);
          }
          out.write(zeros, 0, 1024);
        });

    assertThat(layer.fs().resolve("large")).hasSize(LARGE);
  }

  @Test
  void a_layer_of_thousands_of_files_takes_little_memory() throws Exception {
    var layer =
        load(out -> {
          for (int i = 0; i < MANY; i++) {
            byte[] file = new Tar().file("d" + i / 100 + "/f" + i, 0644, "file " + i).bytes();
            out.write(file, 0, 1024);
          }
          out.write(new byte[1024]);
        });

    assertThat(layer.entries()).isEqualTo(MANY);
  }

  private Layer load(LayerTar tar) throws Exception {
    var sent = new ByteArrayOutputStream();
    var computation = Digest.Algorithm.SHA256.computation();
    try (var out = new DigestOutputStream(new GZIPOutputStream(sent), computation)) {
      tar.write(out);
    }
    String config =
        "{\"architecture\":\"%s\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
            .formatted(
                PlatformMatch.host().platform().architecture(),
                Digest.of(Digest.Algorithm.SHA256, computation));
    var archive = directory.resolve("archive.tar");
    Files.write(
        archive,
        new Tar()
            .file("layer.tar", 0644, sent.toString(ISO_8859_1))
            .file("config.json", 0644, config)
            .file(
                "manifest.json",
                0644,
                "[{\"Config\":\"config.json\",\"RepoTags\":[\"a:1\"],\"Layers\":[\"layer.tar\"]}]")
            .bytes());

    var store = directory.resolve("store");
    String[] told =
        Command.run(LoadingProcess.words(store, archive).toArray(String[]::new)).split("\\s+");

    assertThat(String.join(" ", told)).matches("loaded 1 VmHWM: [0-9]+ kB");
    assertThat(Integer.parseInt(told[3])).as("kilobytes").isLessThan(MOST_KILOBYTES);
    var images = ImageStore.open(store, Privilege.ROOT, ImageStore.LayersInUse.NONE);
    return images.layers().list().getFirst();
  }
}
