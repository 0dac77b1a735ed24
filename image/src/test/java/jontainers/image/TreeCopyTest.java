package jontainers.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.image.layer.Privilege;
import jontainers.linux.Directory;
import jontainers.linux.Fd;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@KernelTest
class TreeCopyTest {
  @TempDir Path directory;
  private Path from;
  private Path to;
  private Trees trees;

  @BeforeEach
  void makeDirectories() throws IOException {
    from = Files.createDirectory(directory.resolve("from"));
    to = Files.createDirectory(directory.resolve("to"));
    trees = new Trees(directory);
  }

  @AfterEach
  void no_thread_is_left() {
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("tree-copy");
  }

  @Test
  void a_tree_is_copied_with_all_that_a_file_can_be() throws Exception {
    trees.build(from, "xattr");

    var leftOut = copy(Privilege.ROOT);

    assertThat(trees.describe(to)).isEqualTo(trees.describe(from)).hasSizeGreaterThan(30);
    assertThat(leftOut).containsExactly("./socket is a socket, left out");
    assertThat(trees.run("du", "-k", to.resolve("sparse").toString()))
        .as("holes")
        .matches("\\d{1,3}\t(?s:.*)");
  }

  @Test
  void the_directory_becomes_like_the_one_it_is_copied_from() throws Exception {
    Files.setAttribute(from, "unix:mode", 01770);
    Files.setAttribute(from, "unix:uid", 33);
    Files.setAttribute(from, "unix:gid", 44);

    assertThat(copy(Privilege.ROOT)).isEmpty();

    assertThat(Files.readAttributes(to, "unix:mode,uid,gid,lastModifiedTime"))
        .isEqualTo(Files.readAttributes(from, "unix:mode,uid,gid,lastModifiedTime"));
  }

  @Test
  void names_that_look_like_whiteouts_are_files_like_others() throws Exception {
    for (String name :
        List.of("a", "z", ".wh.a", ".wh.z", ".wh..wh..opq", ".wh..wh.plnk", ".wh.")) {
      Files.writeString(from.resolve(name), name);
    }
    Files.createDirectories(from.resolve(".wh.directory/below"));
    Files.createDirectories(from.resolve("directory/below"));
    Files.createLink(from.resolve(".wh.link"), from.resolve("a"));
    Files.createSymbolicLink(from.resolve(".wh.symbolic"), Path.of(".wh.a"));

    assertThat(copy(Privilege.ROOT)).isEmpty();

    assertThat(trees.describe(to)).isEqualTo(trees.describe(from)).hasSize(14);
  }

  @Test
  void a_device_0_0_is_a_device_and_deletes_nothing() throws Exception {
    Files.writeString(from.resolve("a"), "a");
    try (var opened = Directory.open(from)) {
      opened.whiteout("b".getBytes(UTF_8));
    }

    assertThat(copy(Privilege.ROOT)).isEmpty();

    assertThat(to.resolve("a")).hasContent("a");
    assertThat(Files.getAttribute(to.resolve("b"), "unix:rdev", LinkOption.NOFOLLOW_LINKS))
        .isEqualTo(0L);
  }

  @Test
  void without_privilege_files_belong_to_who_copies_them_and_devices_are_left_out()
      throws Exception {
    trees.run("mknod", from.resolve("null").toString(), "c", "1", "3");
    Files.writeString(from.resolve("file"), "text");
    Files.setAttribute(from.resolve("file"), "unix:uid", 1234);

    assertThat(copy(Privilege.ROOTLESS)).containsExactly("./null is a device, left out");

    assertThat(Files.getAttribute(to.resolve("file"), "unix:uid")).isEqualTo(0);
    assertThat(to.resolve("null")).doesNotExist();
  }

  @Test
  void what_several_layers_show_together_is_copied() throws Exception {
    var layers = Files.createDirectory(directory.resolve("layers"));
    var lower = new ArrayList<Path>();
    for (int i = 0; i < 15; i++) {
      var layer = Files.createDirectories(layers.resolve("l" + i).resolve("data"));
      Files.writeString(layer.resolve("file" + i), "text");
      lower.addFirst(layer.resolveSibling("."));
    }
    try (var uppermost = Directory.open(lower.getFirst().resolve("data"))) {
      uppermost.whiteout("file3".getBytes(UTF_8));
    }
    var snapshot =
        OverlaySnapshots.layers(directory.resolve("snapshot"), lower, layers, java.util.Set.of());

    try (var view = OverlaySnapshots.view(snapshot);
        var data = view.openInRoot("/data", Fd.O_PATH | Fd.O_DIRECTORY)) {
      assertThat(TreeCopy.copy(data, to, Privilege.ROOT)).isEmpty();
    }

    try (var list = Files.list(to)) {
      assertThat(list).hasSize(14).doesNotContain(to.resolve("file3"));
    }
    jontainers.linux.TreeRemoval.delete(directory.resolve("snapshot"));
  }

  @Test
  void a_directory_that_is_not_empty_is_left_as_it_is() throws Exception {
    Files.writeString(from.resolve("new"), "new");
    Files.writeString(to.resolve("kept"), "kept");

    assertThatThrownBy(() -> copy(Privilege.ROOT))
        .isInstanceOf(ImageException.class)
        .hasMessage("cannot copy to " + to + ": it is not empty");
    assertThat(to.resolve("new")).doesNotExist();
  }

  @Test
  void no_space_left_is_told_with_a_hint_and_ends_both_threads() throws Exception {
    Files.write(from.resolve("large"), new byte[3 << 20]);
    for (int i = 0; i < 100; i++) {
      Files.write(from.resolve("more" + i), new byte[1 << 16]);
    }
    trees.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", to.toString());
    try {
      assertThatThrownBy(() -> copy(Privilege.ROOT))
          .isInstanceOfSatisfying(
              ImageException.class, e -> assertThat(e.hint()).contains("free some space"))
          .hasMessageContaining("large")
          .hasMessageContaining("ENOSPC");
      no_thread_is_left();
    } finally {
      trees.run("umount", to.toString());
    }
  }

  @Test
  void an_interruption_ends_both_threads_and_is_kept() throws Exception {
    Files.writeString(from.resolve("file"), "text");
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> copy(Privilege.ROOT)).hasMessageContaining("interrupted");

    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void a_source_that_cannot_be_read_is_the_failure_that_is_told() throws Exception {
    var file = Files.writeString(directory.resolve("file"), "");
    try (var fd = Fd.open(file, Fd.O_PATH)) {
      assertThatThrownBy(() -> TreeCopy.copy(fd, to, Privilege.ROOT))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("ENOTDIR");
    }
  }

  private List<String> copy(Privilege privilege) throws Exception {
    try (var fd = Fd.open(from, Fd.O_PATH | Fd.O_DIRECTORY)) {
      return TreeCopy.copy(fd, to, privilege);
    }
  }
}
