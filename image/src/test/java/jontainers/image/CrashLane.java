package jontainers.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jontainers.image.StoreProcess.Begin;
import jontainers.image.StoreProcess.Operation;
import jontainers.image.layer.Compression;
import jontainers.image.layer.Layer;
import jontainers.image.layer.Privilege;
import jontainers.image.tar.TarReader;
import jontainers.image.tar.TarType;
import jontainers.oci.Descriptor;
import org.jspecify.annotations.Nullable;

/// Kill processes that change one store, one after the other, and look at it after each.
///
/// Some have another at their side, which nobody kills and which must not fail. After some the next
/// one is killed, too, while it cleans up. Confined to one thread.
final class CrashLane {
  /// What the names of the two begin with.
  static final String VICTIM = "victim";

  static final String OTHER = "other";

  private static final int WITH_ANOTHER = 4;
  private static final int WORDS = 4;

  /// How much longer than an operation takes the shot may wait.
  private static final double BEYOND = 1.2;

  private final Path directory;
  private final Path archives;
  private final String registry;
  private final Random random;
  private final Map<Operation, Long> nanos = new EnumMap<>(Operation.class);
  private final Map<Operation, Integer> hits = new EnumMap<>(Operation.class);
  private int shots;
  private final Map<String, String> names = new TreeMap<>();
  private final Set<String> nameless = new HashSet<>();
  private final Set<Object> verified = new HashSet<>();

  CrashLane(Path directory, Path archives, String registry, long seed) {
    this.directory = directory;
    this.archives = archives;
    this.registry = registry;
    this.random = new Random(seed);
  }

  /// What is begun and shot in its time.
  private record Round(
      Process victim, @Nullable Process other, @Nullable Process next, Operation aim, int which) {
    void close() throws IOException, InterruptedException {
      for (var process : Stream.of(victim, other, next).filter(Objects::nonNull).toList()) {
        process.destroyForcibly().waitFor();
        process.getOutputStream().close();
        process.getInputStream().close();
        process.getErrorStream().close();
      }
    }
  }

  /// Return how many were killed in each operation.
  Map<Operation, Integer> shoot(int kills) throws Exception {
    var next = prepare(0);
    try {
      for (int i = 1; shots < kills; i++) {
        var round = next;
        String unfinished;
        try {
          unfinished = shoot(round);
          if (round.next != null) {
            shootWhileItOpens(round.next);
          }
          next = prepare(i); // it starts while this looks, and touches nothing yet
        } finally {
          round.close();
        }
        try {
          look(unfinished, round.other != null);
        } catch (AssertionError | ImageException e) {
          throw new AssertionError("shot " + i + ", aimed at " + round.aim + ": " + unfinished, e);
        }
      }
    } finally {
      next.close();
    }
    return hits;
  }

  private Round prepare(int number) throws IOException {
    var operations = Operation.values();
    var aim = operations[1 + number % (operations.length - 1)];
    boolean alone = random.nextInt(WITH_ANOTHER) > 0;
    var victim = start(VICTIM, aim, alone);
    var other = alone ? null : start(OTHER, Operation.RMI, false);
    var next = number % 3 == 0 ? start(VICTIM, Operation.OPEN, true) : null;
    return new Round(victim, other, next, aim, random.nextInt(3) == 0 ? 2 : 1);
  }

  private Process start(String own, Operation often, boolean alone) throws IOException {
    return StoreProcess.start(
        directory, archives, registry, new Begin(own, often, random.nextLong(), alone));
  }

  private static void nudge(Process process) throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /// Let it work, kill it some time after the operation has begun that is aimed at; return the line
  /// of what it did not end, or nothing.
  private String shoot(Round round) throws IOException, InterruptedException {
    var other = round.other;
    if (other != null) {
      nudge(other);
    }
    nudge(round.victim);
    var reader = round.victim.inputReader();
    String unfinished = "";
    long began = System.nanoTime();
    for (int left = round.which; left > 0; ) {
      String line = reader.readLine();
      assertThat(line).as("it lives").isNotNull();
      long now = System.nanoTime();
      if (line.startsWith("done ")) {
        nanos.merge(operation(line), now - began, (a, b) -> (3 * a + b) / 4);
      }
      began = now;
      unfinished = take(line);
      if (line.startsWith("begin " + round.aim + " ")) {
        left--;
      }
    }
    long typical = nanos.getOrDefault(round.aim, 50_000_000L);
    boolean ended =
        round.victim.waitFor((long) (random.nextDouble() * BEYOND * typical), TimeUnit.NANOSECONDS);
    assertThat(ended).as("it ended by itself").isFalse();
    shots++;
    boolean _ = round.victim.toHandle().destroyForcibly(); // its lines are still to be read
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      unfinished = take(line);
    }
    if (!unfinished.isEmpty()) {
      hits.merge(operation(unfinished), 1, Integer::sum);
    }
    if (other != null) {
      end(other);
    }
    return unfinished;
  }

  private void shootWhileItOpens(Process next) throws IOException, InterruptedException {
    nudge(next);
    var reader = next.inputReader();
    assertThat(reader.readLine()).startsWith("begin OPEN ");
    long typical = 3 * nanos.getOrDefault(Operation.OPEN, 10_000_000L);
    boolean _ = next.waitFor((long) (random.nextDouble() * typical), TimeUnit.NANOSECONDS);
    boolean _ = next.toHandle().destroyForcibly();
    shots++;
    var line = reader.readLine();
    if (line == null) {
      hits.merge(Operation.OPEN, 1, Integer::sum);
    } else {
      assertThat(line).startsWith("done OPEN ");
    }
  }

  private void end(Process other) throws IOException, InterruptedException {
    nudge(other);
    var reader = other.inputReader();
    String last = "";
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      last = line;
      if (!line.equals("ended")) {
        var _ = take(line, reader);
      }
    }
    assertThat(last).isEqualTo("ended");
    assertThat(other.waitFor()).isZero();
  }

  private static Operation operation(String line) {
    return Operation.valueOf(line.split(" ")[1]);
  }

  private String take(String line) throws IOException {
    return take(line, null);
  }

  /// Note what was done; return the line where it was only begun.
  private String take(String line, @Nullable BufferedReader rest) throws IOException {
    if (line.startsWith("begin ")) {
      return line;
    }
    String[] words = line.split(" ");
    if (words.length != WORDS || !words[0].equals("done")) {
      var more = new StringBuilder(line);
      for (String next = line; rest != null && next != null; next = rest.readLine()) {
        more.append('\n').append(next);
      }
      throw new AssertionError(more.toString());
    }
    switch (Operation.valueOf(words[1])) {
      case PULL, LOAD, COMMIT, TAG -> name(words[2], words[3]);
      case RMI -> names.remove(words[2]);
      case PRUNE -> nameless.clear();
      case OPEN, UNPACK -> {
        // nothing that has a name
      }
    }
    return "";
  }

  /// As the store does it.
  private void name(String name, String digest) {
    var before = names.put(name, digest);
    if (before != null && !names.containsValue(before)) {
      nameless.add(before);
    }
    nameless.remove(digest);
  }

  /// Look at the store as the next command finds it.
  private void look(String unfinished, boolean shared) throws IOException, ImageException {
    var store = ImageStore.open(directory, Privilege.ROOT, ImageStore.LayersInUse.NONE);
    assertThat(store.fsck()).isEmpty();
    assertThat(directory.resolve("content/leases")).isEmptyDirectory();
    assertThat(directory.resolve("layers/tmp")).isEmptyDirectory();
    compareNames(store, unfinished, shared);
    var reached = new HashSet<String>();
    for (var image : store.list()) {
      image.names().forEach(name -> reached.add(name.key()));
      var layers = store.unpack(image);
      for (int i = 0; i < layers.size(); i++) {
        verify(store, image.document().layers().get(i), layers.get(i));
      }
    }
    assertThat(reached).containsExactlyInAnyOrderElementsOf(store.content().references().keySet());
  }

  private void compareNames(ImageStore store, String unfinished, boolean shared)
      throws ImageException {
    var foundNames = new TreeMap<String, String>();
    var foundNameless = new HashSet<String>();
    store
        .content()
        .references()
        .forEach((key, target) -> {
          if (key.startsWith("sha256:")) {
            foundNameless.add(key);
          } else {
            foundNames.put(key, target.digest().toString());
          }
        });
    String name = unfinished.isEmpty() ? "" : unfinished.split(" ")[2];
    var found = foundNames.get(name);
    if (found == null) {
      if (!unfinished.isEmpty() && operation(unfinished) == Operation.RMI) {
        names.remove(name);
      }
    } else if (!found.equals(names.get(name)) && operation(unfinished) != Operation.RMI) {
      name(name, found);
    }
    assertThat(foundNames).isEqualTo(names);
    boolean pruned = !unfinished.isEmpty() && operation(unfinished) == Operation.PRUNE;
    if (pruned || shared) {
      nameless.retainAll(foundNameless);
    }
    if (shared) { // which of two came first, nobody has seen
      nameless.addAll(foundNameless);
    }
    assertThat(foundNameless).isEqualTo(nameless);
  }

  /// Compare a layer's files with its archive, unless that was done with the same directory.
  private void verify(ImageStore store, Descriptor blob, Layer layer)
      throws IOException, ImageException {
    if (!verified.add(List.of(layer.diffId(), Files.getAttribute(layer.fs(), "unix:ino")))) {
      return;
    }
    var paths = new ArrayList<Path>();
    try (var in = Compression.decompressed(store.content().open(blob.digest()))) {
      var tar = new TarReader(in);
      for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
        var path = layer.fs().resolve(entry.get().text());
        paths.add(path);
        if (entry.get().type() == TarType.FILE) {
          byte[] bytes = new byte[(int) entry.get().size()];
          for (int at = 0; at < bytes.length; ) {
            at += tar.read(bytes, at, bytes.length - at);
          }
          assertThat(Files.readAllBytes(path)).as(path.toString()).isEqualTo(bytes);
        }
      }
    }
    try (var tree = Files.walk(layer.fs())) {
      assertThat(tree.skip(1).toList()).containsExactlyInAnyOrderElementsOf(paths);
    }
  }
}
