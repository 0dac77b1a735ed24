package jontainers.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import jontainers.image.layer.LayerLimits;
import jontainers.image.layer.LayerStore;
import jontainers.image.layer.Privilege;
import jontainers.linux.TreeRemoval;
import jontainers.oci.Digest;

/// `bench/unpack`: a layer by our store and by GNU tar.
///
/// Arguments: the archive, beside which it lies compressed as `.gz` and `.zst`; a directory to work
/// in; the number of rounds; `sync` where tar's files have to be flushed as ours are.
public final class Unpack {
  private static final int WARM = 3;
  private static final Path SHELL = Path.of("/bin/sh");

  private final Path archive;
  private final Path place;
  private final String afterwards;
  private final Digest diffId;

  private Unpack(Path archive, Path work, String afterwards) throws IOException {
    this.archive = archive;
    this.place = work.resolve("place");
    this.afterwards = afterwards;
    this.diffId = digest(archive);
  }

  /// Measure and print.
  public static void main(String[] arguments) throws Exception {
    var work = Path.of(arguments[1]);
    String afterwards = arguments.length > 3 ? " && sync -f " + work : "";
    new Unpack(Path.of(arguments[0]), work, afterwards).run(Integer.parseInt(arguments[2]));
  }

  private void run(int rounds) throws Exception {
    var samples = new LinkedHashMap<String, Samples>();
    for (String name : List.of("gzip ours", "gzip tar", "zstd ours", "zstd tar")) {
      samples.put(name, new Samples());
    }
    for (int i = 0; i < WARM; i++) {
      once("gzip ours");
      once("zstd ours");
    }
    var order = new ArrayList<>(samples.keySet());
    var random = new Random(1);
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(order, random);
      for (String name : order) {
        of(samples, name).add(round, once(name));
      }
    }
    System.out.printf("%-12s %10s %10s %8s%n", "", "median ms", "p90 ms", "ratio");
    samples.forEach((name, times) ->
        System.out.printf(
            "%-12s %10.0f %10.0f %8.2f%n",
            name,
            times.medianMillis(),
            times.p90Millis(),
            of(samples, name.substring(0, 4) + " ours").pairedRatio(times)));
  }

  private static Samples of(Map<String, Samples> samples, String name) {
    return Objects.requireNonNull(samples.get(name));
  }

  private long once(String name) throws Exception {
    boolean gzip = name.startsWith("gzip");
    var file = Path.of(archive + (gzip ? ".gz" : ".zst"));
    Files.createDirectory(place);
    long begin = System.nanoTime();
    if (name.endsWith("ours")) {
      var store = LayerStore.open(place, Privilege.ROOT, LayerLimits.STANDARD);
      try (var in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
        var _ = store.unpack(diffId, in);
      }
    } else {
      String tar = "tar " + (gzip ? "-xzf " : "--zstd -xf ") + file + " -C " + place;
      Programs.succeed(SHELL, List.of("sh", "-c", tar + afterwards));
    }
    long end = System.nanoTime();
    TreeRemoval.delete(place);
    return end - begin;
  }

  private static Digest digest(Path file) throws IOException {
    var computation = Digest.Algorithm.SHA256.computation();
    byte[] buffer = new byte[1 << 16];
    try (var in = Files.newInputStream(file)) {
      for (int count; (count = in.read(buffer)) > 0; ) {
        computation.update(buffer, 0, count);
      }
    }
    return Digest.of(Digest.Algorithm.SHA256, computation);
  }
}
