package jontainers.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jontainers.linux.Directory;
import jontainers.linux.Fd;
import jontainers.linux.TreeRemoval;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@KernelTest
class OverlaySnapshotsKernelTest {
  /// Not below /tmp of the JVM's choice: on the file system of `/`, where the state usually is.
  private Path directory;

  private Path state;
  private Trees trees;

  @BeforeEach
  void makeDirectories() throws IOException {
    directory = Files.createTempDirectory(Path.of("/var/tmp"), "jontainers-test");
    state = Files.createDirectory(directory.resolve("state"));
    trees = new Trees(directory);
  }

  @AfterEach
  void removeThem() throws IOException {
    TreeRemoval.delete(directory);
  }

  @Test
  void the_host_is_seen_without_the_state() throws Exception {
    Files.writeString(state.resolve("secret"), "s");
    var snapshot = OverlaySnapshots.host(state.resolve("snapshot"), List.of(state), Set.of());

    mount(snapshot);
    try {
      var inside = snapshot.merged().resolve(Path.of("/").relativize(directory));
      assertThat(inside.resolve("trees.py")).exists();
      assertThat(inside.resolve("state")).doesNotExist();
      for (var path = directory; path != null; path = path.getParent()) {
        var seen = snapshot.merged().resolve(Path.of("/").relativize(path));
        assertThat(attributes(seen)).as(path.toString()).isEqualTo(attributes(path));
      }
      Files.writeString(snapshot.merged().resolve("testaroo"), "hello");
    } finally {
      trees.run("umount", snapshot.merged().toString());
    }

    assertThat(Path.of("/testaroo")).doesNotExist();
    try (var view = OverlaySnapshots.view(snapshot);
        var root = Directory.reopen(view)) {
      assertThat(names(root)).contains("etc", "usr", "testaroo");
      try (var hidden = root.openInRoot(directory.toString(), Fd.O_RDONLY | Fd.O_DIRECTORY);
          var parent = Directory.reopen(hidden)) {
        assertThat(names(parent)).contains("trees.py").doesNotContain("state");
      }
    }
  }

  @Test
  void the_state_is_hidden_where_it_is_mounted_from_elsewhere() throws Exception {
    var real = Files.createDirectory(directory.resolve("real"));
    trees.run("mount", "--bind", real.toString(), state.toString());
    try {
      var snapshot = OverlaySnapshots.host(state.resolve("snapshot"), List.of(state), Set.of());
      try (var view = OverlaySnapshots.view(snapshot);
          var root = Directory.reopen(view);
          var path = root.openInRoot(directory.toString(), Fd.O_PATH);
          var parent = Directory.reopen(path)) {
        assertThat(names(parent)).doesNotContain("real");
      }
    } finally {
      trees.run("umount", state.toString());
    }
  }

  @Test
  void a_snapshot_is_seen_after_a_volatile_run_and_mounted_again() throws Exception {
    var rootfs = tree("root:fs,with\\odd name");
    var snapshot = rootfsSnapshot(rootfs, Set.of(OverlayOption.VOLATILE));
    runIn(snapshot, "echo changed > testaroo; rm empty; rm -r sticky; mkdir new");

    try (var view = OverlaySnapshots.view(snapshot);
        var root = Directory.reopen(view)) {
      assertThat(names(root)).contains("new", "testaroo").doesNotContain("empty", "sticky");
      assertThatThrownBy(() -> root.unlink("testaroo".getBytes(UTF_8)))
          .hasMessageContaining("EROFS");
    }
    assertThat(rootfs.resolve("testaroo")).hasContent("hello");
    assertThat(rootfs.resolve("empty")).exists();

    var again =
        OverlaySnapshots.reopen(
            snapshot.directory(), snapshot.mount().lower(), Set.of(OverlayOption.VOLATILE));
    assertThat(again).isEqualTo(snapshot);
    runIn(again, "test -d new");

    OverlaySnapshots.remove(snapshot.directory());
    assertThat(snapshot.directory()).doesNotExist();
    OverlaySnapshots.remove(snapshot.directory());
  }

  @Test
  void a_snapshot_is_for_root_alone_and_shows_the_root_of_its_layer() throws Exception {
    var rootfs = tree("rootfs");
    Files.setAttribute(rootfs, "unix:mode", 01751);
    Files.setAttribute(rootfs, "unix:uid", 12);

    var snapshot = rootfsSnapshot(rootfs, Set.of());

    assertThat(mode(snapshot.directory())).isEqualTo(0700);
    try (var view = OverlaySnapshots.view(snapshot)) {
      var status = jontainers.linux.FileStatus.of(view);
      assertThat(status.mode()).isEqualTo(01751);
      assertThat(status.uid()).isEqualTo(12);
    }
  }

  @Test
  void a_mounted_snapshot_is_not_removed() throws Exception {
    var snapshot = rootfsSnapshot(tree("rootfs"), Set.of());
    mount(snapshot);
    try {
      Files.writeString(snapshot.merged().resolve("kept"), "k");
      assertThatThrownBy(() -> OverlaySnapshots.remove(snapshot.directory()))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("EXDEV");
      assertThat(snapshot.merged().resolve("kept")).exists();
    } finally {
      trees.run("umount", snapshot.merged().toString());
    }
  }

  @Test
  void an_upper_layer_on_an_overlay_is_refused_with_a_hint() throws Exception {
    var outer = rootfsSnapshot(tree("rootfs"), Set.of());
    mount(outer);
    try {
      var inner =
          OverlaySnapshots.rootfs(
              outer.merged().resolve("inner"), directory.resolve("rootfs"), List.of(), Set.of());
      assertThatThrownBy(() -> OverlaySnapshots.view(inner).close())
          .isInstanceOfSatisfying(
              ImageException.class, e -> assertThat(e.hint()).contains("put --root on one"))
          .hasMessageContaining("EINVAL");
    } finally {
      trees.run("umount", outer.merged().toString());
    }
  }

  /// What an old kernel needs works on every kernel.
  @Test
  void a_hundred_and_fifty_layers_are_viewed_in_both_ways() throws Exception {
    var layers = Files.createDirectory(directory.resolve("layers"));
    var lower = new ArrayList<Path>();
    for (int i = 0; i < 150; i++) {
      var layer = Files.createDirectories(layers.resolve("%064x".formatted(i)).resolve("fs"));
      Files.writeString(layer.resolve("file" + i), "");
      lower.addFirst(layer);
    }
    try (var uppermost = Directory.open(lower.getFirst())) {
      uppermost.whiteout("file7".getBytes(UTF_8));
    }
    var snapshot =
        OverlaySnapshots.layers(
            state.resolve("snapshot"), lower, layers, Set.of(OverlayOption.VOLATILE));
    Files.writeString(snapshot.mount().upper().resolve("new"), "");

    try (var modern = OverlaySnapshots.view(snapshot);
        var root = Directory.reopen(modern)) {
      assertThat(names(root)).hasSize(150).contains("new", "file149", "file0");
    }
    try (var classic = OverlayView.byMount(snapshot, OverlayView.Parts.ALL);
        var root = Directory.reopen(classic)) {
      assertThat(names(root)).hasSize(150).contains("new", "file149", "file0");
      assertThatThrownBy(() -> root.unlink("new".getBytes(UTF_8))).hasMessageContaining("EROFS");
    }
    assertThat(Files.readString(Path.of("/proc/self/mountinfo")))
        .doesNotContain(directory.toString());
  }

  @Test
  void a_snapshot_is_viewed_beside_the_mount_of_its_container() throws Exception {
    var snapshot = rootfsSnapshot(tree("rootfs"), Set.of());
    mount(snapshot);
    try {
      Files.writeString(snapshot.merged().resolve("gone"), "");
      Files.delete(snapshot.merged().resolve("gone"));
      Files.writeString(snapshot.merged().resolve("new"), "content");

      try (var view = OverlaySnapshots.viewRunning(snapshot);
          var root = Directory.reopen(view)) {
        assertThat(names(root)).contains("new").doesNotContain("gone");
        assertThatThrownBy(() -> root.unlink("new".getBytes(UTF_8))).hasMessageContaining("EROFS");
      }
      Files.writeString(snapshot.merged().resolve("after"), "the container goes on");
      assertThat(snapshot.merged().resolve("after")).hasContent("the container goes on");
    } finally {
      trees.run("umount", snapshot.merged().toString());
    }
  }

  @Test
  void a_hundred_and_fifty_layers_are_viewed_beside_a_container_in_both_ways() throws Exception {
    var layers = Files.createDirectory(directory.resolve("layers"));
    var lower = new ArrayList<Path>();
    for (int i = 0; i < 150; i++) {
      var layer = Files.createDirectories(layers.resolve("%064x".formatted(i)).resolve("fs"));
      Files.writeString(layer.resolve("file" + i), "");
      lower.addFirst(layer);
    }
    var snapshot = OverlaySnapshots.layers(state.resolve("snapshot"), lower, layers, Set.of());
    Files.writeString(snapshot.mount().upper().resolve("new"), "");
    try (var upper = Directory.open(snapshot.mount().upper())) {
      upper.whiteout("file7".getBytes(UTF_8));
    }
    for (boolean modern : new boolean[] {true, false}) {
      try (var view =
              modern
                  ? OverlaySnapshots.viewRunning(snapshot)
                  : OverlayView.byMount(snapshot, OverlayView.Parts.LAYERS);
          var root = Directory.reopen(view)) {
        assertThat(names(root)).hasSize(150).contains("new", "file149", "file0");
      }
    }
  }

  @Test
  void an_export_of_a_view_comes_out_of_three_programs_as_it_went_in() throws Exception {
    var snapshot = rootfsSnapshot(tree("rootfs", "xattr"), Set.of());
    var file = directory.resolve("out.tar");
    runIn(snapshot, "true");
    List<String> expected;
    mount(snapshot);
    try {
      expected = trees.describe(snapshot.merged());
    } finally {
      trees.run("umount", snapshot.merged().toString());
    }

    try (var view = OverlaySnapshots.view(snapshot)) {
      var summary = ArchiveFile.write(view, file, _ -> {});
      assertThat(summary.entries()).isEqualTo(expected.size());
    }

    var gnu = Files.createDirectory(directory.resolve("gnu"));
    trees.run(
        "tar",
        "--xattrs",
        "--xattrs-include=*",
        "--numeric-owner",
        "-xpf",
        file.toString(),
        "-C",
        gnu.toString());
    assertThat(trees.describe(gnu)).isEqualTo(expected);

    var bsd = Files.createDirectory(directory.resolve("bsd"));
    trees.run("bsdtar", "--numeric-owner", "-xpf", file.toString(), "-C", bsd.toString());
    assertThat(forBsdtar(trees.describe(bsd))).isEqualTo(forBsdtar(expected));

    var python = Files.createDirectory(directory.resolve("python"));
    trees.python("extract", file, python.toString());
    assertThat(without(6, 10, trees.describe(python)))
        .as("all but times, which it rounds, and attributes, which it leaves")
        .isEqualTo(without(6, 10, expected));
    assertThat(trees.archive(file))
        .as("attributes and times as Python finds them in the archive")
        .anyMatch(line -> line.startsWith("./setuid\t") && line.contains("security.capability=01"))
        .anyMatch(line -> line.startsWith("./fifo\t") && line.endsWith("trusted.mark=00ff"))
        .anyMatch(line -> line.startsWith("./empty\t") && line.contains("\t-1.500000000\t"));
  }

  @Test
  void what_is_mounted_in_a_tree_is_not_exported() throws Exception {
    var tree = Files.createDirectory(directory.resolve("mounted"));
    Files.createDirectory(tree.resolve("in"));
    Files.writeString(tree.resolve("file"), "below");
    trees.run("mount", "-t", "tmpfs", "tmpfs", tree.resolve("in").toString());
    trees.run("mount", "--bind", "/etc/passwd", tree.resolve("file").toString());
    try {
      Files.writeString(tree.resolve("in/secret"), "s");
      var file = directory.resolve("out.tar");

      var summary = Trees.export(tree, file);

      assertThat(trees.run("tar", "-tf", file.toString()).lines()).containsExactly("./", "./in/");
      assertThat(summary.warnings()).containsExactly("./file is mounted on, left out");
    } finally {
      trees.run("umount", tree.resolve("file").toString());
      trees.run("umount", tree.resolve("in").toString());
    }
  }

  /// libarchive keeps encoded names of attributes, sets the time of `.` anew and reads -1.5 as
  /// -0.5.
  private static List<String> forBsdtar(List<String> lines) {
    return lines.stream()
        .filter(line -> !line.startsWith(".\t") && !line.startsWith("./empty\t"))
        .map(line -> line.startsWith("./big\t") ? line.substring(0, line.lastIndexOf('\t')) : line)
        .sorted()
        .toList();
  }

  /// Leave out some fields of the description: see trees.py.
  private static List<String> without(int one, int two, List<String> lines) {
    return without(one, two, two, lines);
  }

  private static List<String> without(int one, int two, int three, List<String> lines) {
    return lines.stream()
        .map(line -> {
          String[] fields = line.split("\t", -1);
          fields[one] = "";
          fields[two] = "";
          fields[three] = "";
          return String.join("\t", fields);
        })
        .sorted()
        .toList();
  }

  private Path tree(String name, String... more) throws Exception {
    var tree = directory.resolve(name);
    trees.build(tree, more);
    return tree;
  }

  private Snapshot rootfsSnapshot(Path rootfs, Set<OverlayOption> options) throws ImageException {
    return OverlaySnapshots.rootfs(state.resolve("snapshot"), rootfs, List.of(state), options);
  }

  private void mount(Snapshot snapshot) throws Exception {
    var options = String.join(",", snapshot.mount().mountOptions());
    trees.run("mount", "-t", "overlay", "overlay", "-o", options, snapshot.merged().toString());
  }

  private void runIn(Snapshot snapshot, String command) throws Exception {
    mount(snapshot);
    try {
      trees.run("sh", "-ec", "cd " + snapshot.merged() + "; " + command);
    } finally {
      trees.run("umount", snapshot.merged().toString());
    }
  }

  private static List<String> names(Directory directory) throws IOException {
    return directory.entries().stream().map(entry -> new String(entry.name(), UTF_8)).toList();
  }

  private static String attributes(Path path) throws IOException {
    return Files.getAttribute(path, "unix:mode")
        + " "
        + Files.getAttribute(path, "unix:uid")
        + " "
        + Files.getAttribute(path, "unix:gid");
  }

  private static int mode(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:mode") & 07777;
  }
}
