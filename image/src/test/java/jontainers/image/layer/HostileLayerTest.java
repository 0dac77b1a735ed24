package jontainers.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import jontainers.image.ImageException;
import jontainers.image.tar.Tar;
import jontainers.linux.Directory;
import jontainers.linux.Fd;
import jontainers.linux.Xattr;
import jontainers.oci.Digest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a layer may try, one trick for each test: nothing outside of its directory is touched.
class HostileLayerTest {
  private static final String SECRET = "not yours";

  @TempDir Path directory;
  private Path root = Path.of("/");
  private Path outside = Path.of("/");

  @BeforeEach
  void neighbours() throws IOException {
    root = Files.createDirectory(directory.resolve("root"));
    outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("secret"), SECRET);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../outside/x", "a/../../outside/x", "/../outside/x", "..", "a/.."})
  void names_with_dots_are_refused(String name) throws Exception {
    refused(new Tar().file(name, 0644, "x"), name + " leads out of the layer");
    refused(new Tar().directory(name + "/", 0755), name + "/ leads out of the layer");
    refused(new Tar().entry('2', name, "x", 0), name + " leads out of the layer");
  }

  @Test
  void absolute_names_lie_in_the_layer() throws Exception {
    String target = outside + "/x";

    unpack(new Tar().file(target, 0644, "x").file("//etc///./passwd", 0644, "y"));

    assertThat(root.resolve(target.substring(1))).hasContent("x");
    assertThat(root.resolve("etc/passwd")).hasContent("y");
    untouched();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../outside", "/outside", "../../../../outside", "a/../../outside"})
  void links_to_directories_lead_to_those_of_the_layer(String target) throws Exception {
    unpack(
        new Tar()
            .directory("a/", 0755)
            .entry('2', "link", target, 0)
            .file("link/secret", 0644, "changed")
            .directory("link/sub/", 0755));

    assertThat(root.resolve("outside/secret")).hasContent("changed");
    assertThat(root.resolve("outside/sub")).isDirectory();
    untouched();
  }

  @Test
  void a_link_to_the_hosts_directory_leads_into_the_layer() throws Exception {
    unpack(
        new Tar().entry('2', "link", outside.toString(), 0).file("link/secret", 0644, "changed"));

    assertThat(root.resolve(outside.toString().substring(1)).resolve("secret"))
        .hasContent("changed");
    untouched();
  }

  @Test
  void a_link_in_place_of_a_file_is_replaced_and_not_written_through() throws Exception {
    unpack(
        new Tar()
            .entry('2', "link", outside + "/secret", 0)
            .file("link", 0644, "changed")
            .entry('2', "dir", outside.toString(), 0)
            .directory("dir/", 0700));

    assertThat(root.resolve("link")).isRegularFile().hasContent("changed");
    assertThat(Files.isDirectory(root.resolve("dir"), LinkOption.NOFOLLOW_LINKS)).isTrue();
    untouched();
  }

  @Test
  void the_mode_of_a_link_changes_nothing_behind_it() throws Exception {
    var before = Files.getAttribute(outside.resolve("secret"), "unix:mode");

    unpack(new Tar().header('2', "link", outside + "/secret", 06777, 0));

    assertThat(Files.getAttribute(outside.resolve("secret"), "unix:mode")).isEqualTo(before);
  }

  @Test
  void links_in_a_circle_are_refused() throws Exception {
    refused(
        new Tar().entry('2', "a", "b", 0).entry('2', "b", "a", 0).file("a/x", 0644, ""),
        "a leads through more than 40 links");
  }

  @Test
  void hard_links_reach_nothing_outside() throws Exception {
    refused(new Tar().entry('1', "h", "../outside/secret", 0), "../outside/secret leads out of");
    refused(
        new Tar().entry('1', "h", outside + "/secret", 0),
        "h is a link to " + outside + "/secret, which is not in the layer");
    refused(
        new Tar().entry('2', "out", "../outside", 0).entry('1', "h", "out/secret", 0),
        "h is a link to out/secret, which is not in the layer");
  }

  @Test
  void a_hard_link_to_a_link_is_that_link() throws Exception {
    unpack(
        new Tar()
            .entry('2', "link", outside + "/secret", 0)
            .entry('1', "h", "link", 0)
            .file("h", 0644, "changed"));

    assertThat(root.resolve("h")).isRegularFile().hasContent("changed");
    assertThat(root.resolve("link")).isSymbolicLink();
    untouched();
  }

  @Test
  void a_hard_link_to_itself_or_to_a_directory_does_no_harm() throws Exception {
    unpack(new Tar().file("f", 0644, "kept").entry('1', "f", "f", 0));
    assertThat(root.resolve("f")).hasContent("kept");

    refused(new Tar().directory("d/", 0755).entry('1', "h", "d", 0), "cannot unpack h: linkat");
    refused(new Tar().entry('1', "h", "/", 0), "cannot unpack h: linkat");
  }

  @ParameterizedTest
  @ValueSource(strings = {".wh...", ".wh..", ".wh.", "a/.wh..."})
  void whiteouts_of_what_is_outside_are_refused(String name) throws Exception {
    refused(new Tar().file(name, 0644, ""), name + " is a whiteout of nothing");
    assertThat(outside).isDirectory();
  }

  @Test
  void whiteouts_through_links_stay_in_the_layer() throws Exception {
    unpack(
        new Tar()
            .entry('2', "link", "../outside", 0)
            .file("link/.wh.secret", 0644, "")
            .file("link/d/.wh..wh..opq", 0644, ""));

    assertThat(root.resolve("outside/secret")).exists();
    assertThat(root.resolve("outside/d")).isDirectory();
    untouched();
  }

  @Test
  void files_in_whiteouts_are_refused() throws Exception {
    refused(new Tar().file("a/.wh.b/c", 0644, ""), "a/.wh.b/c lies in a whiteout");
  }

  @Test
  void more_entries_than_the_limit_are_refused() throws Exception {
    var tar = new Tar();
    for (int i = 0; i < 11; i++) {
      tar.file("f" + i, 0644, "");
    }

    assertThatThrownBy(
            () -> Layers.unpack(tar.bytes(), root, Privilege.ROOTLESS, new LayerLimits(1000, 10)))
        .isInstanceOf(ImageException.class)
        .hasMessage("the layer has more than 10 entries: f10");
  }

  @Test
  void ten_gigabytes_of_zeros_in_a_small_file_are_refused_at_once() throws Exception {
    byte[] header = new Tar().header('0', "zeros", "", 0644, 0x1ffffffffL).bytes();
    var zeros =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }

          @Override
          public int read(byte[] bytes, int offset, int length) {
            Arrays.fill(bytes, offset, offset + length, (byte) 0);
            return length;
          }
        };
    var endless = new SequenceInputStream(new ByteArrayInputStream(header, 0, 512), zeros);
    var fd = Fd.open(root, Fd.O_RDONLY | Fd.O_DIRECTORY);

    assertThatThrownBy(() ->
            LayerStream.unpack(
                endless,
                fd,
                Digest.Algorithm.SHA256,
                Privilege.ROOTLESS,
                new LayerLimits(1 << 30, 100)))
        .hasMessage("zeros makes the layer larger than 1073741824 bytes");
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void many_files_that_are_small_each_do_not_get_round_the_limit() throws Exception {
    var tar = new Tar();
    for (int i = 0; i < 11; i++) {
      tar.file("f" + i, 0644, "0123456789");
    }

    assertThatThrownBy(
            () -> Layers.unpack(tar.bytes(), root, Privilege.ROOTLESS, new LayerLimits(100, 1000)))
        .hasMessage("f10 makes the layer larger than 100 bytes");
  }

  @Test
  void attributes_count_as_bytes() throws Exception {
    var tar = new Tar();
    for (int i = 0; i < 11; i++) {
      tar.extended("SCHILY.xattr.user.a", "0123456789").file("f" + i, 0644, "");
    }

    limited(tar, new LayerLimits(10 * 16, 1000), "f10 makes the layer larger than 160 bytes");
  }

  @Test
  void attributes_of_directories_and_of_the_root_count_as_bytes() throws Exception {
    String value = "0123456789";
    limited(
        new Tar().extended("LIBARCHIVE.xattr.user.a", "MDEyMzQ1Njc4OQ==").directory("./", 0755),
        new LayerLimits(10, 1000),
        "./ makes the layer larger than 10 bytes");
    limited(
        new Tar().extended("SCHILY.xattr.user.a", value).directory("d/", 0755),
        new LayerLimits(10, 1000),
        "d/ makes the layer larger than 10 bytes");
  }

  @Test
  void where_links_lead_counts_as_bytes() throws Exception {
    var tar = new Tar();
    for (int i = 0; i < 11; i++) {
      tar.entry('2', "l" + i, "0123456789", 0);
    }

    limited(tar, new LayerLimits(100, 1000), "l10 makes the layer larger than 100 bytes");
  }

  @Test
  void directories_that_names_imply_count_as_entries() throws Exception {
    limited(
        new Tar().file("a".repeat(40).replace("a", "a/") + "x", 0644, ""),
        new LayerLimits(100, 40),
        "the layer has more than 40 entries: " + "a/".repeat(40) + "x");
  }

  @Test
  void headers_that_describe_nothing_end_somewhere() throws Exception {
    var tar = new Tar();
    for (int i = 0; i < 100; i++) {
      tar.header('g', "comment", "x".repeat(1000));
    }

    limited(
        tar.file("x", 0644, ""),
        new LayerLimits(10_000, 10),
        "cannot unpack the layer: the header at byte 0: it has more than 55056 bytes");
    limited(
        new Tar().file("x", 0644, "").zeros(100_000),
        new LayerLimits(10_000, 10),
        "cannot unpack the layer: it has more than 55056 bytes");
  }

  private void limited(Tar tar, LayerLimits limits, String message) {
    assertThatThrownBy(() -> Layers.unpack(tar.bytes(), root, Privilege.ROOTLESS, limits))
        .isInstanceOf(ImageException.class)
        .hasMessage(message);
  }

  @Test
  void a_hole_of_any_size_counts_as_bytes() throws Exception {
    byte[] tar =
        new Tar()
            .extended("GNU.sparse.map", "", "GNU.sparse.size", "900000000000000000")
            .entry('0', "hole", "", 0)
            .bytes();

    assertThatThrownBy(() -> Layers.unpack(tar, root, Privilege.ROOTLESS))
        .hasMessage("hole makes the layer larger than 68719476736 bytes");
  }

  @Test
  void names_longer_than_the_kernels_are_refused_by_name() throws Exception {
    refused(new Tar().extended("path", "n".repeat(256)).entry('0', "n", "", 0), "ENAMETOOLONG");
    refused(new Tar().extended("path", "n/".repeat(2049)).entry('5', "n", "", 0), "4096 bytes");
  }

  @Test
  void directories_in_directories_end_somewhere() throws Exception {
    refused(
        new Tar().extended("path", "d/".repeat(1000)).entry('5', "d", "", 0),
        "lies in more than 512 directories");
  }

  @Test
  void the_deepest_layer_has_its_times_and_modes_and_can_be_removed() throws Exception {
    String deep = "d/".repeat(500);

    unpack(
        new Tar()
            .extended("path", deep)
            .directory("d", 0750)
            .extended("path", deep + "f")
            .file("f", 0644, "x")
            .extended("path", "d/".repeat(300) + "g", "linkpath", deep + "f")
            .entry('1', "g", "", 0));

    assertThat(root.resolve("d/".repeat(300) + "g")).hasContent("x");
    assertThat(Files.getLastModifiedTime(root.resolve(deep)).toMillis()).isZero();
    assertThat(Files.getLastModifiedTime(root.resolve("d")).toMillis()).isZero();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(deep))))
        .isEqualTo("rwxr-x---");
  }

  @Test
  void of_duplicates_the_last_one_counts_whatever_its_type() throws Exception {
    unpack(
        new Tar()
            .file("a", 0644, "first")
            .file("a", 0600, "second")
            .directory("b/", 0755)
            .file("b/c/d", 0644, "gone")
            .file("b", 0644, "a file now")
            .file("c", 0644, "file")
            .directory("c/", 0700)
            .file("c/x", 0644, "in it")
            .directory("e/", 0755)
            .file("e/kept", 0644, "kept")
            .directory("e/", 0711)
            .entry('2', "f", "a", 0)
            .entry('1', "f", "a", 0)
            .entry('6', "c/x", "", 0));

    assertThat(root.resolve("a")).hasContent("second");
    assertThat(root.resolve("b")).isRegularFile().hasContent("a file now");
    assertThat(root.resolve("c")).isDirectory();
    assertThat(root.resolve("e/kept")).hasContent("kept");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("e"))))
        .isEqualTo("rwx--x--x");
    assertThat(Files.isSameFile(root.resolve("f"), root.resolve("a"))).isTrue();
    assertThat((int) Files.getAttribute(root.resolve("c/x"), "unix:mode") & 0170000)
        .as("a fifo")
        .isEqualTo(0010000);
  }

  @Test
  void a_file_where_a_directory_is_needed_is_refused() throws Exception {
    refused(new Tar().file("a", 0644, "").file("a/b", 0644, ""), "a is not a directory");
  }

  @Test
  void the_root_is_a_directory() throws Exception {
    refused(new Tar().file("./", 0644, "x"), "the layer's root is not a directory");
    refused(new Tar().entry('2', "/", "/etc", 0), "the layer's root is not a directory");
  }

  @Test
  void names_that_are_no_utf_8_are_kept_byte_for_byte() throws Exception {
    String name = "\u00ff\u00fe/\u0080";

    unpack(new Tar().file(name, 0644, "x").entry('1', "l\u00ff", name, 0));

    try (var opened = Directory.open(root)) {
      var entries = opened.entries();
      assertThat(entries).hasSize(2);
      assertThat(new String(entries.get(0).name(), ISO_8859_1)).isEqualTo("l\u00ff");
      assertThat(new String(entries.get(1).name(), ISO_8859_1)).isEqualTo("\u00ff\u00fe");
    }
  }

  @Test
  void attributes_that_mean_something_to_overlayfs_are_left_out() throws Exception {
    byte[] tar =
        new Tar()
            .extended(
                "SCHILY.xattr.user.overlay.redirect",
                "/etc",
                "SCHILY.xattr.user.overlay.whiteout",
                "y",
                "SCHILY.xattr.trusted.overlay.metacopy",
                "")
            .file("f", 0644, "x")
            .bytes();

    Layers.unpack(tar, root, Privilege.ROOTLESS);

    try (var file = Fd.open(root.resolve("f"), Fd.O_RDONLY)) {
      assertThat(Xattr.of(file)).isEmpty();
    }
  }

  @Test
  void without_privilege_devices_are_left_out_and_told() throws Exception {
    var summary =
        Layers.unpack(
            new Tar().device('3', "null", 1, 3).device('4', "disk", 8, 0).bytes(),
            root,
            Privilege.ROOTLESS);

    assertThat(root).isEmptyDirectory();
    assertThat(summary.warnings())
        .containsExactly("null is a device, left out", "disk is a device, left out");
  }

  @Test
  void directories_that_keep_their_owner_out_are_filled_all_the_same() throws Exception {
    unpack(
        new Tar()
            .directory("d/", 0555)
            .file("d/a", 0444, "a")
            .directory("other/", 0)
            .file("other/a", 0, "a"));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("d"))))
        .isEqualTo("r-xr-xr-x");
    assertThat(root.resolve("d/a")).hasContent("a");
    Files.setPosixFilePermissions(root.resolve("d"), PosixFilePermissions.fromString("rwx------"));
    Files.setPosixFilePermissions(
        root.resolve("other"), PosixFilePermissions.fromString("rwx------"));
  }

  /// Whoever could change the tree meanwhile turns a directory into a link and back.
  @Test
  void a_directory_that_is_swapped_for_a_link_meanwhile_leads_nowhere() throws Exception {
    var tar = new Tar();
    for (int i = 0; i < 300; i++) {
      tar.directory("d/" + i + "/", 0755).file("d/" + i + "/secret", 0644, "changed");
      tar.directory("e/" + i + "/", 0755).file("e/" + i + "/secret", 0644, "changed");
    }
    var done = new AtomicBoolean();
    var link = Files.createSymbolicLink(directory.resolve("link"), outside);
    var aside = directory.resolve("aside");
    var swapper =
        Thread.ofPlatform()
            .start(() -> {
              while (!done.get()) {
                try {
                  Files.move(root.resolve("d"), aside);
                  Files.move(link, root.resolve("d"));
                  Files.move(root.resolve("d"), link);
                  Files.move(aside, root.resolve("d"), StandardCopyOption.REPLACE_EXISTING);
                } catch (IOException e) {
                  // not there yet, or made anew meanwhile
                }
              }
            });
    try {
      for (int round = 0; round < 4; round++) {
        try {
          Layers.unpack(tar.bytes(), root, Privilege.ROOTLESS);
        } catch (ImageException e) {
          assertThat(e.getMessage()).isNotEmpty();
        }
      }
    } finally {
      done.set(true);
      swapper.join();
    }

    untouched();
  }

  @Test
  void an_archive_that_breaks_off_is_told() throws Exception {
    byte[] tar = new Tar().file("f", 0644, "x".repeat(5000)).bytes();

    assertThatThrownBy(() -> Layers.unpack(Arrays.copyOf(tar, 3000), root, Privilege.ROOTLESS))
        .hasMessage("cannot unpack the layer: the archive ends in the middle of a file");
  }

  private void unpack(Tar tar) throws Exception {
    Layers.unpack(tar.bytes(), root, Privilege.ROOTLESS);
  }

  private void refused(Tar tar, String message) throws Exception {
    var fresh = Files.createTempDirectory(directory, "fresh");
    assertThatThrownBy(() -> Layers.unpack(tar.bytes(), fresh, Privilege.ROOTLESS))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(message);
    untouched();
  }

  private void untouched() throws IOException {
    assertThat(Layers.names(outside)).containsExactly("secret");
    assertThat(outside.resolve("secret")).hasContent(SECRET);
  }
}
