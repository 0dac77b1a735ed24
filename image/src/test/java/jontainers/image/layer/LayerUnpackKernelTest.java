package jontainers.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jontainers.image.ImageException;
import jontainers.image.Trees;
import jontainers.image.tar.Tar;
import jontainers.linux.Fd;
import jontainers.linux.Xattr;
import jontainers.oci.Digest;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is unpacked as root is what the kernel and other programs make of it.
@KernelTest
class LayerUnpackKernelTest {
  @TempDir Path directory;
  private Path lower = Path.of("/");
  private Path upper = Path.of("/");

  @BeforeEach
  void layers() throws IOException {
    lower = Files.createDirectory(directory.resolve("lower"));
    upper = Files.createDirectory(directory.resolve("upper"));
  }

  @AfterEach
  void unmount() throws Exception {
    new Trees(directory).run("sh", "-c", "umount " + directory + "/merged 2>/dev/null || :");
  }

  @ParameterizedTest
  @CsvSource({
    "tar --xattrs --xattrs-include=* --format=posix --sparse, .tar",
    "bsdtar --format=pax, .tar",
    "tar --xattrs --xattrs-include=* --format=posix --sparse -z, .gz",
    "tar --xattrs --xattrs-include=* --format=posix --sparse --zstd, .zst",
  })
  void a_tree_comes_back_as_it_was(String program, String suffix) throws Exception {
    var trees = new Trees(directory);
    var tree = directory.resolve("tree");
    trees.build(tree, "xattr");
    var file = directory.resolve("a" + suffix);
    // libarchive writes -2.5 for one and a half second before 1970.
    trees.run("touch", "-d", "@0", tree + "/empty");
    trees.run("sh", "-c", program + " -cf " + file + " -C " + tree + " .");

    unpackFile(file);

    assertThat(trees.describe(lower)).isEqualTo(trees.describe(tree)).hasSizeGreaterThan(30);
  }

  @Test
  void our_own_export_comes_back_as_it_was() throws Exception {
    var trees = new Trees(directory);
    var tree = directory.resolve("tree");
    trees.build(tree, "xattr");
    var file = directory.resolve("a.tar");
    Trees.export(tree, file);

    unpackFile(file);

    assertThat(trees.describe(lower)).isEqualTo(trees.describe(tree));
  }

  @Test
  void whiteouts_and_opaque_directories_hide_what_is_below() throws Exception {
    unpack(
        lower,
        new Tar()
            .file("gone", 0644, "")
            .file("kept", 0644, "")
            .file("dir/a", 0644, "below")
            .file("dir/b", 0644, "below")
            .file("tree/x/y", 0644, "below"));
    unpack(
        upper,
        new Tar()
            .file(".wh.gone", 0644, "")
            .directory("dir/", 0755)
            .file("dir/.wh..wh..opq", 0644, "")
            .file("dir/b", 0644, "above")
            .file(".wh.tree", 0644, "")
            .file(".wh.never", 0644, ""));

    assertThat(merged()).containsExactly("dir", "dir/b", "kept");
    assertThat(directory.resolve("merged/dir/b")).hasContent("above");
  }

  /// "Files that are present in the same layer as a whiteout file can only be hidden by whiteout
  /// files in subsequent layers."
  @Test
  void a_whiteout_never_hides_what_its_own_layer_has_in_whatever_order() throws Exception {
    unpack(
        lower,
        new Tar()
            .file("a/below", 0644, "")
            .file("b/below", 0644, "")
            .file("c/below", 0644, "")
            .file("f", 0644, "below")
            .file("g", 0644, "below"));
    unpack(
        upper,
        new Tar()
            .file(".wh.a", 0644, "")
            .directory("a/", 0755)
            .file("a/above", 0644, "")
            .directory("b/", 0755)
            .file("b/above", 0644, "")
            .file(".wh.b", 0644, "")
            .file(".wh.c", 0644, "")
            .file("c/above", 0644, "") // without an entry for its directory
            .file(".wh.f", 0644, "")
            .file("f", 0644, "above")
            .file("g", 0644, "above")
            .file(".wh.g", 0644, ""));

    assertThat(merged()).containsExactly("a", "a/above", "b", "b/above", "c", "c/above", "f", "g");
    assertThat(directory.resolve("merged/f")).hasContent("above");
    assertThat(directory.resolve("merged/g")).hasContent("above");
  }

  @Test
  void marks_for_rootless_overlays_are_in_user_attributes() throws Exception {
    unpack(lower, new Tar().file("dir/a", 0644, "").file("gone", 0644, ""));
    Layers.unpack(
        new Tar()
            .directory("dir/", 0755)
            .file("dir/.wh..wh..opq", 0644, "")
            .file(".wh.gone", 0644, "")
            .bytes(),
        upper,
        Privilege.ROOTLESS);

    assertThat(merged("userxattr")).containsExactly("dir");
  }

  @Test
  void set_id_bits_owners_and_capabilities_survive_each_other() throws Exception {
    var capability = new byte[20];
    capability[0] = 1;
    capability[3] = 2;
    capability[5] = 4;
    unpack(
        lower,
        new Tar()
            .extended(
                "uid",
                "1000",
                "gid",
                "3000000",
                "SCHILY.xattr.security.capability",
                new String(capability, ISO_8859_1))
            .file("f", 06755, "x")
            .directory("d/", 03777)
            .file("d/inside", 0644, "")
            .directory("d/sub/", 0755));

    assertThat(attribute("f", "unix:mode")).isEqualTo(0106755);
    assertThat(attribute("f", "unix:uid")).isEqualTo(1000);
    assertThat(attribute("f", "unix:gid")).isEqualTo(3000000);
    assertThat(xattrs("f")).containsOnlyKeys("security.capability");
    assertThat(xattrs("f").get("security.capability")).isEqualTo(capability);
    assertThat(attribute("d", "unix:mode")).isEqualTo(0043777);
    assertThat(attribute("d/sub", "unix:mode")).isEqualTo(0040755);
    assertThat(attribute("d/inside", "unix:gid")).isEqualTo(0);
  }

  @Test
  void a_default_acl_is_for_those_who_come_later() throws Exception {
    // Version 2, then the entries user::rwx, group::r-x, mask::rwx, other::r-x, user 7:rwx.
    String acl =
        "\2\0\0\0"
            + "\1\0\7\0\u00ff\u00ff\u00ff\u00ff"
            + "\2\0\7\0\7\0\0\0"
            + "\4\0\5\0\u00ff\u00ff\u00ff\u00ff"
            + "\20\0\7\0\u00ff\u00ff\u00ff\u00ff"
            + "\40\0\5\0\u00ff\u00ff\u00ff\u00ff";
    var tar =
        new Tar()
            .extended("SCHILY.xattr.system.posix_acl_default", acl)
            .directory("d/", 0755)
            .file("d/f", 0640, "x");
    for (int i = 0; i < 100; i++) {
      tar.directory("other/" + i + "/", 0755);
    }

    unpack(lower, tar.file("d/g", 0640, "x").directory("d/sub/", 0750));

    assertThat(xattrs("d")).containsOnlyKeys("system.posix_acl_default");
    assertThat(xattrs("d/f")).isEmpty();
    assertThat(xattrs("d/g")).isEmpty();
    assertThat(xattrs("d/sub")).isEmpty();
  }

  @Test
  void directories_have_their_times_in_the_end_however_late_their_files_come() throws Exception {
    var tar = new Tar();
    for (int i = 0; i < 200; i++) {
      tar.extended("mtime", i + ".5").directory("d" + i + "/", 0755);
    }
    for (int i = 0; i < 200; i++) {
      tar.file("d" + i + "/f", 0644, "");
    }
    unpack(lower, tar.extended("mtime", "77").file("implied/f", 0644, ""));

    for (int i = 0; i < 200; i++) {
      assertThat(Files.getLastModifiedTime(lower.resolve("d" + i)).toMillis())
          .isEqualTo(1000L * i + 500);
    }
    assertThat(Files.getLastModifiedTime(lower.resolve("implied")).toMillis()).isEqualTo(77_000);
    assertThat(attribute("implied", "unix:mode")).isEqualTo(0040755);
  }

  @Test
  void devices_are_made() throws Exception {
    unpack(lower, new Tar().device('3', "null", 1, 3).device('4', "disk", 259, 70000));

    var trees = new Trees(directory);
    assertThat(trees.run("stat", "-c", "%F %t:%T", lower + "/null", lower + "/disk"))
        .isEqualTo("character special file 1:3\nblock special file 103:11170\n");
  }

  @Test
  void the_order_of_many_directories_does_not_matter() throws Exception {
    var trees = new Trees(directory);
    var tree = directory.resolve("tree");
    trees.build(tree, "xattr");
    trees.run("rm", tree + "/sparse");
    var file = directory.resolve("a.tar");
    trees.run(
        "sh",
        "-c",
        "cd "
            + tree
            + " && find . ! -type s -print0 | sort -rz | tar --null --xattrs --xattrs-include=*"
            + " --no-recursion --format=posix --sparse -cf "
            + file
            + " -T -");

    unpackFile(file);

    assertThat(trees.describe(lower)).isEqualTo(trees.describe(tree));
  }

  @Test
  void a_file_system_without_room_is_told_and_what_to_do() throws Exception {
    var small = Files.createDirectory(directory.resolve("small"));
    var trees = new Trees(directory);
    trees.run("mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", small.toString());
    try {
      byte[] tar = new Tar().file("big", 0644, "x".repeat(2 << 20)).bytes();
      assertThatThrownBy(() -> Layers.unpack(tar, small.resolve("fs"), Privilege.ROOT))
          .isInstanceOfSatisfying(
              ImageException.class,
              e -> {
                assertThat(e)
                    .hasMessage("cannot unpack big: write big: ENOSPC (No space left on device)");
                assertThat(e.hint()).startsWith("free some space");
              });
    } finally {
      trees.run("umount", small.toString());
    }
  }

  @Test
  void a_full_disk_leaves_nothing_half_there() throws Exception {
    var small = Files.createDirectory(directory.resolve("small"));
    var trees = new Trees(directory);
    trees.run("mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", small.toString());
    try {
      byte[] tar =
          new Tar()
              .file("a", 0644, "x".repeat(700_000))
              .file("b", 0644, "x".repeat(700_000))
              .bytes();
      var store = LayerStore.open(small, Privilege.ROOT, LayerLimits.STANDARD);

      assertThatThrownBy(() -> store.unpack(Digest.of(tar), new ByteArrayInputStream(tar)))
          .hasMessage("cannot unpack b: write b: ENOSPC (No space left on device)");

      assertThat(small.resolve("tmp")).isEmptyDirectory();
      assertThat(small.resolve("sha256")).isEmptyDirectory();
      assertThat(store.list()).isEmpty();
    } finally {
      trees.run("umount", small.toString());
    }
  }

  @Test
  void a_device_without_the_capability_is_told_and_what_to_do() throws Exception {
    byte[] tar = new Tar().device('3', "null", 1, 3).bytes();
    var store = directory.resolve("store");
    var process =
        UnpackingProcess.start(
            List.of("setpriv", "--bounding-set=-mknod"), store, Digest.of(tar), Privilege.ROOT);
    String told;
    try (var in = process.getInputStream()) {
      try (var out = process.getOutputStream()) {
        out.write(tar);
      }
      told = new String(in.readAllBytes(), ISO_8859_1);
    }

    assertThat(process.waitFor()).isZero();
    assertThat(told.lines())
        .containsExactly(
            "cannot unpack null: mknodat null: EPERM (Operation not permitted)",
            "hint: device nodes need CAP_MKNOD: run the engine as root of the machine");
    assertThat(store.resolve("tmp")).isEmptyDirectory();
  }

  private void unpackFile(Path file) throws Exception {
    try (var in = new BufferedInputStream(Files.newInputStream(file))) {
      var fd = Fd.open(lower, Fd.O_RDONLY | Fd.O_DIRECTORY);
      var summary =
          LayerStream.unpack(in, fd, Digest.Algorithm.SHA256, Privilege.ROOT, LayerLimits.STANDARD);
      assertThat(summary.warnings()).isEmpty();
    }
  }

  private static void unpack(Path layer, Tar tar) throws Exception {
    assertThat(Layers.unpack(tar.bytes(), layer, Privilege.ROOT).warnings()).isEmpty();
  }

  /// Return what an overlay of the two shows.
  private List<String> merged(String... more) throws Exception {
    var merged = Files.createDirectory(directory.resolve("merged"));
    String options = "lowerdir=" + upper + ":" + lower;
    if (more.length > 0) {
      options += "," + String.join(",", more);
    }
    new Trees(directory).run("mount", "-t", "overlay", "overlay", "-o", options, merged.toString());
    return Layers.names(merged);
  }

  private Object attribute(String file, String attribute) throws IOException {
    return Files.getAttribute(lower.resolve(file), attribute);
  }

  private Map<String, byte[]> xattrs(String file) throws IOException {
    var xattrs = new TreeMap<String, byte[]>();
    try (var fd = Fd.open(lower.resolve(file), Fd.O_RDONLY)) {
      for (var xattr : Xattr.of(fd)) {
        xattrs.put(new String(xattr.name(), ISO_8859_1), xattr.value());
      }
    }
    return xattrs;
  }
}
