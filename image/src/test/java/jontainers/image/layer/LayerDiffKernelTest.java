package jontainers.image.layer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jontainers.image.OverlaySnapshots;
import jontainers.image.Trees;
import jontainers.image.tar.TarEntry;
import jontainers.image.tar.TarReader;
import jontainers.linux.Fd;
import jontainers.linux.Xattr;
import jontainers.oci.Digest;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// What a container changes in an overlay is what its layer changes in another one.
@KernelTest
class LayerDiffKernelTest {
  @TempDir Path directory;
  private Path lower = Path.of("/");
  private Path upper = Path.of("/");
  private Path merged = Path.of("/");

  @BeforeEach
  void overlay() throws Exception {
    lower = Files.createDirectory(directory.resolve("lower"));
    upper = Files.createDirectory(directory.resolve("upper"));
    merged = Files.createDirectory(directory.resolve("merged"));
    Files.createDirectory(directory.resolve("work"));
  }

  @AfterEach
  void unmount() throws Exception {
    new Trees(directory)
        .run("sh", "-c", "umount " + merged + " " + directory + "/again 2>/dev/null || :");
  }

  @ParameterizedTest
  @EnumSource(value = Compression.class, mode = Mode.EXCLUDE, names = "ZSTD")
  void a_layer_of_the_changes_shows_the_same_files_again(Compression compression) throws Exception {
    var trees = new Trees(directory);
    trees.build(lower, "xattr");
    mount();
    trees.run(
        "sh",
        "-ec",
        "cd "
            + merged
            + "\nrm testaroo link fifo\nrm -r hollow sticky\nmkdir hollow\necho new >hollow/new\n"
            + "echo more >>empty\nmv big bigger\nln bigger biggest\nln -s nowhere dangling\n"
            + "chmod 4711 setuid\nmkdir -p a/b/c\necho x >a/b/c/x\ntruncate -s 1G holes\n"
            + "touch -d @12345.678 a");
    var before = trees.describe(merged);

    byte[] layer = diff(List.of(), compression);
    trees.run("umount", merged.toString());

    var again = Files.createDirectory(directory.resolve("again"));
    var fresh = directory.resolve("fresh");
    Layers.unpack(layer, fresh, Privilege.ROOT);
    trees.run(
        "mount",
        "-t",
        "overlay",
        "overlay",
        "-o",
        "lowerdir=" + fresh + ":" + lower,
        again.toString());
    assertThat(trees.describe(again)).isEqualTo(before);
  }

  @Test
  void what_is_deleted_becomes_whiteouts_and_what_is_replaced_opaque() throws Exception {
    Files.writeString(lower.resolve("gone"), "");
    Files.createDirectories(lower.resolve("tree/x"));
    Files.createDirectories(lower.resolve("same/x"));
    mount();
    new Trees(directory)
        .run("sh", "-ec", "cd " + merged + "\nrm gone\nrm -r tree\nmkdir tree\nrmdir same/x");

    assertThat(names(diff(List.of(), Compression.NONE)))
        .containsExactly("./", ".wh.gone", "same/", "same/.wh.x", "tree/", "tree/.wh..wh..opq");
  }

  @Test
  void the_same_changes_are_the_same_bytes_and_named_by_their_digests() throws Exception {
    Files.writeString(upper.resolve("f"), "x");
    var one = new ByteArrayOutputStream();

    WrittenLayer written;
    try (var fd = Fd.open(upper, Fd.O_PATH | Fd.O_DIRECTORY)) {
      written = LayerDiff.write(fd, List.of(), Compression.GZIP, one);
    }

    assertThat(diff(List.of(), Compression.GZIP)).isEqualTo(one.toByteArray());
    assertThat(written.digest()).isEqualTo(Digest.of(one.toByteArray()));
    assertThat(written.diffId()).isEqualTo(Digest.of(diff(List.of(), Compression.NONE)));
    assertThat(written.size()).isEqualTo(one.size());
    assertThat(written.entries()).isEqualTo(2);
  }

  @Test
  void the_masks_of_the_engines_state_are_no_changes() throws Exception {
    var hidden = Files.createDirectories(lower.resolve("var/lib/state"));
    Files.writeString(lower.resolve("var/gone"), "");
    var snapshot =
        OverlaySnapshots.rootfs(directory.resolve("snapshot"), lower, Set.of(hidden), Set.of());
    var trees = new Trees(directory);
    trees.run("mknod", snapshot.mount().upper() + "/var/gone", "c", "0", "0");
    var masks = OverlaySnapshots.masks(snapshot, Set.of(hidden));

    upper = snapshot.mount().upper();

    assertThat(masks).containsExactly(Path.of("var/lib/state"));
    assertThat(names(diff(masks, Compression.NONE)))
        .containsExactly("./", "var/", "var/.wh.gone", "var/lib/");
    assertThat(names(diff(List.of(), Compression.NONE))).contains("var/lib/.wh.state");
  }

  @Test
  void a_name_that_would_be_a_whiteout_is_left_out_and_told() throws Exception {
    Files.writeString(upper.resolve(".wh.passwd"), "");
    var out = new ByteArrayOutputStream();

    try (var fd = Fd.open(upper, Fd.O_PATH | Fd.O_DIRECTORY)) {
      var written = LayerDiff.write(fd, List.of(), Compression.NONE, out);
      assertThat(written.warnings())
          .containsExactly(".wh.passwd has a name that means something else in a layer, left out");
    }
    assertThat(names(out.toByteArray())).containsExactly("./");
  }

  @Test
  void a_directory_that_overlayfs_has_redirected_is_refused() throws Exception {
    var moved = Files.createDirectory(upper.resolve("moved"));
    try (var fd = Fd.open(moved, Fd.O_PATH | Fd.O_DIRECTORY)) {
      new Xattr("trusted.overlay.redirect".getBytes(US_ASCII), new byte[] {'x'}).set(fd);
    }

    assertThatThrownBy(() -> diff(List.of(), Compression.NONE))
        .hasMessageContaining("moved/ has its content in a layer below");
  }

  private void mount() throws Exception {
    String options = "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + directory + "/work";
    new Trees(directory).run("mount", "-t", "overlay", "overlay", "-o", options, merged.toString());
  }

  private byte[] diff(List<Path> hidden, Compression compression) throws Exception {
    var out = new ByteArrayOutputStream();
    try (var fd = Fd.open(upper, Fd.O_PATH | Fd.O_DIRECTORY)) {
      LayerDiff.write(fd, hidden, compression, out);
    }
    return out.toByteArray();
  }

  private static List<String> names(byte[] tar) throws IOException {
    var names = new ArrayList<String>();
    var reader = new TarReader(new ByteArrayInputStream(tar));
    for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
      names.add(entry.map(TarEntry::text).orElseThrow());
    }
    return names;
  }
}
