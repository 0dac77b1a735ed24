package jontainers.testkit;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/// Run the target of a fuzz test without the fuzzer: on its seeds, and on inputs that are made of
/// them and of chance, the same ones each time.
///
/// The seeds are where Jazzer looks for them, too: the resources `CLASSInputs/METHOD/…`.
public final class Inputs {
  private static final int LONGEST = 256;

  private Inputs() {}

  /// Call a target with the seeds, then with so many other inputs.
  ///
  /// @throws AssertionError with the input in hexadecimal when the target throws
  public static void run(Class<?> test, String method, int runs, Consumer<byte[]> target)
      throws IOException {
    var seeds = seeds(test, method);
    seeds.forEach(seed -> call(target, seed));
    var random = new Random(20260101);
    for (int i = 0; i < runs; i++) {
      boolean changed = !seeds.isEmpty() && random.nextInt(4) > 0;
      call(target, changed ? change(random, seeds) : bytes(random, random.nextInt(LONGEST)));
    }
  }

  private static void call(Consumer<byte[]> target, byte[] input) {
    try {
      target.accept(input.clone());
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("with the input " + java.util.HexFormat.of().formatHex(input), e);
    }
  }

  private static List<byte[]> seeds(Class<?> test, String method) throws IOException {
    var resource = test.getResource(test.getSimpleName() + "Inputs/" + method);
    if (resource == null) {
      return List.of();
    }
    var seeds = new ArrayList<byte[]>();
    try (var files = Files.list(Path.of(resource.toURI()))) {
      for (var file : files.sorted().toList()) {
        seeds.add(Files.readAllBytes(file));
      }
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
    return seeds;
  }

  /// Cut a seed, put a part of another into it, change some bytes.
  private static byte[] change(Random random, List<byte[]> seeds) {
    byte[] one = seeds.get(random.nextInt(seeds.size()));
    byte[] other = seeds.get(random.nextInt(seeds.size()));
    byte[] input =
        switch (random.nextInt(4)) {
          case 0 -> Arrays.copyOf(one, random.nextInt(one.length + 1));
          case 1 -> joined(random, one, other);
          default -> one.clone();
        };
    for (int i = random.nextInt(4); i > 0 && input.length > 0; i--) {
      input[random.nextInt(input.length)] =
          (byte) (random.nextBoolean() ? random.nextInt(8) : random.nextInt());
    }
    return input;
  }

  private static byte[] joined(Random random, byte[] head, byte[] tail) {
    int cut = random.nextInt(head.length + 1);
    int from = random.nextInt(tail.length + 1);
    byte[] joined = Arrays.copyOf(head, cut + tail.length - from);
    System.arraycopy(tail, from, joined, cut, tail.length - from);
    return joined;
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
