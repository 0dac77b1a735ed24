package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/// The removal of a cgroup of version 1 is counted with the kills, and later than it happens.
@KernelTest
class MemoryWatchTest {
  private static final Path MEMORY = Path.of("/sys/fs/cgroup/memory");

  private final Path cgroup = MEMORY.resolve("jontainers-watch-" + ProcessHandle.current().pid());

  @BeforeEach
  void make() throws IOException {
    assumeTrue(Files.exists(MEMORY.resolve("memory.oom_control")), "no memory of version 1");
    Files.createDirectory(cgroup);
  }

  @AfterEach
  void remove() throws IOException {
    Files.deleteIfExists(cgroup);
  }

  @RepeatedTest(5)
  void a_kill_before_the_removal_counts() throws Exception {
    Files.writeString(cgroup.resolve("memory.limit_in_bytes"), "8388608");
    try (var watch = MemoryWatch.open(List.of(cgroup.toString())).orElseThrow()) {
      var greedy =
          new ProcessBuilder(
                  "sh", "-c", "echo $$ >" + cgroup + "/cgroup.procs; y=a; while :; do y=$y$y; done")
              .start();
      assertThat(greedy.waitFor()).isEqualTo(137);
      while (true) {
        try {
          Files.delete(cgroup);
          break;
        } catch (IOException e) { // busy until its process is gone
          Thread.onSpinWait();
        }
      }

      assertThat(watch.take()).isPositive();
    }
  }

  @Test
  void the_removal_alone_is_no_kill() throws Exception {
    try (var watch = MemoryWatch.open(List.of(cgroup.toString())).orElseThrow()) {
      assertThat(watch.take()).isZero();
      Files.delete(cgroup);
      Thread.sleep(300);

      assertThat(watch.take()).isZero();
    }
  }
}
