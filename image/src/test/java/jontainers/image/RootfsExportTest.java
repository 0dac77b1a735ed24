package jontainers.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.linux.Fd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootfsExportTest {
  @TempDir Path directory;

  @Test
  void entries_are_named_from_the_root_and_sorted() throws Exception {
    var tree = Files.createDirectory(directory.resolve("tree"));
    Files.writeString(tree.resolve("testaroo"), "hello\n");
    Files.createDirectories(tree.resolve("b/c"));
    Files.writeString(tree.resolve("B"), "");
    var file = directory.resolve("out.tar");

    var summary = Trees.export(tree, file);

    assertThat(summary.entries()).isEqualTo(5);
    assertThat(summary.bytes()).isEqualTo(Files.size(file)).isEqualTo(10240);
    assertThat(new Trees(directory).run("tar", "-tf", file.toString()).lines())
        .containsExactly("./", "./B", "./b/", "./b/c/", "./testaroo");
  }

  @Test
  void the_same_tree_makes_the_same_archive_to_a_file_and_to_a_stream() throws Exception {
    var trees = new Trees(directory);
    var tree = directory.resolve("tree");
    trees.build(tree);
    var stream = new ByteArrayOutputStream();

    Trees.export(tree, directory.resolve("one.tar"));
    Trees.export(tree, directory.resolve("two.tar"));
    try (var root = Fd.open(tree, Fd.O_PATH | Fd.O_DIRECTORY)) {
      RootfsExport.write(root, stream);
    }

    assertThat(directory.resolve("one.tar")).hasSameBinaryContentAs(directory.resolve("two.tar"));
    assertThat(directory.resolve("one.tar")).hasBinaryContent(stream.toByteArray());
  }

  @Test
  void gnu_tar_unpacks_the_same_tree() throws Exception {
    var trees = new Trees(directory);
    var tree = directory.resolve("tree");
    trees.build(tree);
    var file = directory.resolve("out.tar");
    var copy = Files.createDirectory(directory.resolve("copy"));

    var summary = Trees.export(tree, file);
    trees.run("tar", "-xpf", file.toString(), "-C", copy.toString());

    assertThat(trees.describe(copy)).isEqualTo(trees.describe(tree));
    assertThat(summary.warnings()).containsExactly("./socket is a socket, left out");
    assertThat(Files.size(file)).as("holes are not written").isLessThan(10 << 20);
  }

  @Test
  void a_file_that_cannot_be_replaced_entirely_stays_as_it_was() throws Exception {
    var tree = Files.createDirectory(directory.resolve("tree"));
    Files.writeString(tree.resolve("a"), "a");
    var parent = Files.createDirectory(directory.resolve("out"));
    var file = Files.writeString(parent.resolve("out.tar"), "before");

    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Trees.export(tree, file))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("cannot export to " + file);

    assertThat(Thread.interrupted()).isFalse();
    assertThat(file).hasContent("before");
    assertThat(names(parent)).containsExactly("out.tar");
  }

  @Test
  void a_target_that_cannot_be_written_is_named() throws IOException {
    var tree = Files.createDirectory(directory.resolve("tree"));

    assertThatThrownBy(() -> Trees.export(tree, directory))
        .hasMessage(directory + " is a directory");
    var missing = directory.resolve("no/such/out.tar");
    assertThatThrownBy(() -> Trees.export(tree, missing))
        .hasMessage("cannot export to " + missing + ": no such directory");
  }

  @Test
  void a_full_disk_is_told_as_that() throws Exception {
    var tree = Files.createDirectory(directory.resolve("tree"));

    assertThatThrownBy(() -> Trees.export(tree, Path.of("/dev/full")))
        .isInstanceOfSatisfying(
            ImageException.class,
            e -> {
              assertThat(e).hasMessageContaining("ENOSPC (No space left on device)");
              assertThat(e.hint()).startsWith("free some space");
            });
  }

  @Test
  void a_stream_that_breaks_is_told() throws Exception {
    var tree = Files.createDirectory(directory.resolve("tree"));
    var broken =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("broken");
          }
        };

    try (var root = Fd.open(tree, Fd.O_PATH | Fd.O_DIRECTORY)) {
      assertThatThrownBy(() -> RootfsExport.write(root, broken))
          .hasMessage("cannot export the root filesystem: broken");
    }
  }

  @Test
  void a_file_that_shrinks_meanwhile_is_filled_and_one_that_grows_is_cut() throws Exception {
    var tree = Files.createDirectory(directory.resolve("tree"));
    Files.write(tree.resolve("a"), new byte[100_000]);
    Files.writeString(tree.resolve("b"), "short");
    var out = new ByteArrayOutputStream();
    var shrinking =
        new OutputStream() {
          @Override
          public void write(int value) {
            throw new AssertionError();
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            // The first 64 KiB of `a` have been read by now.
            Files.write(tree.resolve("a"), new byte[70_000]);
            out.write(bytes, offset, length);
          }
        };
    var file = directory.resolve("out.tar");

    ExportSummary summary;
    try (var root = Fd.open(tree, Fd.O_PATH | Fd.O_DIRECTORY)) {
      summary = RootfsExport.write(root, shrinking);
    }
    Files.write(file, out.toByteArray());

    assertThat(summary.warnings())
        .containsExactly("./a shrank by 30000 bytes while it was read, filled with zeros");
    assertThat(new Trees(directory).run("tar", "-tvf", file.toString()).lines())
        .anyMatch(line -> line.contains(" 100000 ") && line.endsWith("./a"))
        .anyMatch(line -> line.endsWith("./b"));
  }

  private static List<String> names(Path parent) throws IOException {
    try (var list = Files.list(parent)) {
      return list.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
