package jontainers.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Trees are deleted with all that is in them, and nothing else.
class TreeRemovalTest {
  @TempDir Path directory;

  @Test
  void what_links_lead_to_is_not_deleted() throws Exception {
    var kept = Files.createDirectories(directory.resolve("kept/below"));
    var tree = Files.createDirectories(directory.resolve("tree"));
    Files.createSymbolicLink(tree.resolve("link"), kept);

    TreeRemoval.delete(tree);

    assertThat(tree).doesNotExist();
    assertThat(kept).isDirectory();
  }

  @Test
  void a_tree_that_is_not_there_is_no_error() throws Exception {
    TreeRemoval.delete(directory.resolve("nothing"));

    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void two_may_delete_one_tree_at_once() throws Exception {
    for (int round = 0; round < 20; round++) {
      var tree = directory.resolve("tree");
      for (int i = 0; i < 50; i++) {
        Files.createDirectories(tree.resolve(i + "/a/b"));
      }
      try (var threads = Executors.newFixedThreadPool(2)) {
        var first = threads.submit(() -> delete(tree));
        var second = threads.submit(() -> delete(tree));

        assertThat(first.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(second.get(20, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(tree).doesNotExist();
    }
  }

  private static boolean delete(Path tree) throws Exception {
    TreeRemoval.delete(tree);
    return true;
  }
}
