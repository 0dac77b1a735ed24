package jontainers.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jontainers.image.StoreProcess.Operation;
import jontainers.image.registry.FaultyRegistry;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whenever a process is killed that changes the images, the next one finds them sound: all that
/// was done is there, and nothing is there by half.
///
/// `-Djontainers.seed=NUMBER -Djontainers.kills=NUMBER` begin with the same choices again; when
/// exactly the kernel kills is nobody's choice.
@KernelTest
class ImageCrashTest {
  private static final int KILLS = Integer.getInteger("jontainers.kills", 200);
  private static final long SEED = Long.getLong("jontainers.seed", System.nanoTime());

  /// Stores that are worked at side by side.
  private static final int LANES = 2;

  @TempDir private Path directory;

  /// The JDK keeps a socket of its own from the first server on, which is no leak.
  @BeforeAll
  static void server() throws IOException {
    new FaultyRegistry().close();
  }

  @Test
  void whenever_a_process_is_killed_the_next_finds_the_images_sound() throws Exception {
    System.out.println("ImageCrashTest: -Djontainers.seed=" + SEED);
    var archives = Files.createDirectory(directory.resolve("archives"));
    var hits = new EnumMap<Operation, Integer>(Operation.class);
    try (var registry = new FaultyRegistry();
        var threads = Executors.newFixedThreadPool(LANES)) {
      CrashImages.make(archives, registry, CrashLane.VICTIM, CrashLane.OTHER);
      var lanes = new ArrayList<Future<Map<Operation, Integer>>>();
      for (int i = 0; i < LANES; i++) {
        var lane =
            new CrashLane(directory.resolve("store-" + i), archives, registry.domain(), SEED + i);
        lanes.add(threads.submit(() -> lane.shoot(KILLS / LANES)));
      }
      for (var lane : lanes) {
        try {
          lane.get().forEach((operation, count) -> hits.merge(operation, count, Integer::sum));
        } catch (ExecutionException e) {
          throw new AssertionError("-Djontainers.seed=" + SEED, e.getCause());
        }
      }
    }
    System.out.println("ImageCrashTest: killed in " + hits);
    for (var operation : Operation.values()) {
      assertThat(hits.getOrDefault(operation, 0))
          .as("%s was killed, seed %d", operation, SEED)
          .isGreaterThanOrEqualTo(KILLS / 50);
    }
  }
}
