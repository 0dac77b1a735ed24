package jontainers.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import jontainers.image.layer.LayerLimits;
import jontainers.image.layer.LayerStore;
import jontainers.image.layer.Privilege;
import jontainers.image.tar.Tar;
import jontainers.linux.Directory;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.oci.Digest;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What umoci 0.4 and podman 4 make of the same layers; where they differ, it is said.
@KernelTest
class KeptAttributesKernelTest {
  @TempDir Path directory;
  private LayerStore store;
  private int made;

  @BeforeEach
  void open() throws ImageException {
    store = LayerStore.open(directory.resolve("layers"), Privilege.ROOT, LayerLimits.STANDARD);
  }

  private static Tar base() {
    return new Tar()
        .directory("./", 0711)
        .directory("test/", 0755)
        .file("test/test", 0644, "")
        .directory("tmp/", 01777)
        .directory("etc/", 0750)
        .directory("closed/", 0700)
        .directory("closed/d/", 0701)
        .file("closed/d/x", 0644, "");
  }

  /// Return what an image of layers has, each path with its mode.
  private Map<String, String> image(Tar... layers) throws Exception {
    var lower = new ArrayList<Path>();
    for (var layer : layers) {
      byte[] bytes = layer.bytes();
      lower.add(store.unpack(Digest.of(bytes), new ByteArrayInputStream(bytes)).fs());
    }
    var snapshot =
        OverlaySnapshots.layers(
            directory.resolve("snapshot" + made++), lower.reversed(), store.directory(), Set.of());
    OverlaySnapshots.place(snapshot, List.of(Path.of("etc/hosts")));
    var found = new TreeMap<String, String>();
    try (var root = OverlaySnapshots.view(snapshot)) {
      walk(root, "", found);
    }
    return found;
  }

  private static void walk(Fd at, String path, Map<String, String> found) throws IOException {
    found.put(path, Integer.toOctalString(FileStatus.of(at).mode() & 07777));
    try (var directory = Directory.reopen(at)) {
      for (var entry : directory.entries()) {
        String name = new String(entry.name(), java.nio.charset.StandardCharsets.UTF_8);
        try (var file = directory.find(entry.name())) {
          if (Files.isDirectory(Path.of("/proc/self/fd/" + file.number()))) {
            walk(file, path + "/" + name, found);
          } else {
            found.put(path + "/" + name, "file");
          }
        }
      }
    }
  }

  @Test
  void a_directory_without_an_entry_keeps_what_lower_layers_gave_it() throws Exception {
    var upper =
        new Tar()
            .file("tmp/f", 0644, "")
            .file("closed/d/f", 0644, "")
            .file("etc/f", 0644, "")
            .file("new/f", 0644, "");

    assertThat(image(base(), upper))
        .containsEntry("", "711")
        .containsEntry("/tmp", "1777")
        .containsEntry("/closed", "700")
        .containsEntry("/closed/d", "701")
        .containsEntry("/closed/d/x", "file")
        .containsEntry("/closed/d/f", "file")
        .containsEntry("/etc", "750")
        .containsEntry("/etc/hosts", "file")
        .containsEntry("/new", "755");
    assertThat(image(base(), upper, new Tar().file("closed/d/z", 0644, "")))
        .containsEntry("/closed", "700")
        .containsEntry("/closed/d", "701");
    assertThat(image(base(), new Tar().directory("closed/", 0705), upper))
        .containsEntry("/closed", "705")
        .containsEntry("/closed/d", "701");
    assertThat(image(new Tar().file("tmp/f", 0644, ""), base())).containsEntry("/tmp", "1777");
  }

  @Test
  void an_entry_that_comes_later_counts() throws Exception {
    assertThat(image(base(), new Tar().file("closed/f", 0644, "").directory("closed/", 0755)))
        .containsEntry("/closed", "755");
  }

  @Test
  void an_opaque_directory_without_an_entry_keeps_its_attributes_too() throws Exception {
    assertThat(
            image(
                base(), new Tar().file("closed/.wh..wh..opq", 0644, "").file("closed/f", 0644, "")))
        .containsEntry("/closed", "700")
        .doesNotContainKey("/closed/d");
  }

  @Test
  void a_directory_that_was_deleted_and_is_made_anew_has_nothing_of_the_old_one() throws Exception {
    assertThat(image(base(), new Tar().file(".wh.closed", 0644, "").file("closed/f", 0644, "")))
        .containsEntry("/closed", "755")
        .doesNotContainKey("/closed/d");
    assertThat(
            image(
                base(),
                new Tar().file(".wh.closed", 0644, ""),
                new Tar().file("closed/f", 0644, "")))
        .containsEntry("/closed", "755");
  }

  /// podman with vfs goes by the order of the entries, umoci and podman with overlay do not.
  @Test
  void a_whiteout_of_a_directory_counts_more_than_whiteouts_in_it() throws Exception {
    var layers =
        List.of(
            new Tar().file(".wh.test", 0644, "").file("test/.wh.test", 0644, ""),
            new Tar().file("test/.wh.test", 0644, "").file(".wh.test", 0644, ""),
            new Tar().file(".wh.test", 0644, "").file("test/.wh..wh..opq", 0644, ""),
            new Tar().file("test/.wh..wh..opq", 0644, "").file(".wh.test", 0644, ""),
            new Tar().file("test/a/.wh.b", 0644, "").file(".wh.test", 0644, ""),
            new Tar().file(".wh.test", 0644, "").file("test/a/.wh.b", 0644, ""));
    for (var layer : layers) {
      assertThat(image(base(), layer)).doesNotContainKey("/test").containsKey("/tmp");
    }
    var with =
        List.of(
            new Tar().file(".wh.test", 0644, "").file("test/.wh.x", 0644, "").file("test/f", 0, ""),
            new Tar().file("test/.wh.x", 0644, "").file("test/f", 0, "").file(".wh.test", 0644, ""),
            new Tar()
                .file("test/f", 0, "")
                .file("test/.wh.x", 0644, "")
                .file(".wh.test", 0644, ""));
    for (var layer : with) {
      assertThat(image(base(), layer))
          .containsEntry("/test/f", "file")
          .doesNotContainKeys("/test/test", "/test/x");
    }
  }
}
