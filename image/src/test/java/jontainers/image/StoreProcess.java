package jontainers.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import jontainers.image.layer.Compression;
import jontainers.image.layer.Privilege;
import jontainers.image.name.RegistryConfig;
import jontainers.image.registry.Credentials;
import jontainers.image.registry.PlatformMatch;
import jontainers.image.registry.RegistryClient;
import jontainers.image.registry.Timing;
import jontainers.image.registry.TransferListener;
import jontainers.image.tar.Tar;
import jontainers.oci.Digest;
import jontainers.oci.ImageConfig;

/// Change a store without end in a process of its own, which may be killed.
///
/// Waits for a line on standard input, and ends with another, or when it is to open the store
/// alone. Writes `begin OPERATION NAME` before each change and `done OPERATION NAME DIGEST` when it
/// has returned, or else `failed` and why.
final class StoreProcess {
  /// What is done to the store.
  enum Operation {
    /// Open it, and clean up after others.
    OPEN,
    PULL,
    UNPACK,
    LOAD,
    COMMIT,
    RMI,
    PRUNE,
    TAG
  }

  /// What there is of names of each process.
  private static final int NAMES = 4;

  private static final String NOBODY = "-";
  private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);

  private final ImageStore store;
  private final Path archives;
  private final String registry;
  private final String own;
  private final Random random;
  private final boolean alone;

  private StoreProcess(ImageStore store, Path archives, String registry, Begin begin) {
    this.store = store;
    this.archives = archives;
    this.registry = registry;
    this.own = begin.own;
    this.random = new Random(begin.seed);
    this.alone = begin.alone;
  }

  /// What a process is told.
  ///
  /// @param own what its names begin with
  /// @param often what it does every second time
  /// @param alone whether nobody else works at the store
  record Begin(String own, Operation often, long seed, boolean alone) {}

  /// Begin one; it does nothing to the store before it reads a line.
  static Process start(Path store, Path archives, String registry, Begin begin) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            StoreProcess.class.getName(),
            store.toString(),
            archives.toString(),
            registry,
            begin.own,
            begin.often.name(),
            Long.toString(begin.seed),
            Boolean.toString(begin.alone))
        .redirectErrorStream(true)
        .start();
  }

  public static void main(String[] words) throws Exception {
    if (System.in.read() < 0) {
      return;
    }
    var begin =
        new Begin(
            words[3],
            Operation.valueOf(words[4]),
            Long.parseLong(words[5]),
            Boolean.parseBoolean(words[6]));
    try {
      tell("begin OPEN " + NOBODY);
      var store = ImageStore.open(Path.of(words[0]), Privilege.ROOT, ImageStore.LayersInUse.NONE);
      tell("done OPEN " + NOBODY + " " + NOBODY);
      var process = new StoreProcess(store, Path.of(words[1]), words[2], begin);
      while (begin.often != Operation.OPEN && System.in.available() == 0) {
        process.step(begin.often);
      }
      tell("ended");
    } catch (ImageException | RuntimeException e) {
      tell("failed: " + e + (e instanceof ImageException i ? " (" + i.category() + ")" : ""));
      e.printStackTrace(System.out);
    }
  }

  /// A line is one write, so that none is cut.
  private static void tell(String line) throws IOException {
    OUT.write((line + "\n").getBytes(UTF_8));
  }

  private void step(Operation often) throws Exception {
    var all = Operation.values();
    var operation = random.nextBoolean() ? all[random.nextInt(all.length)] : often;
    switch (operation) {
      case OPEN -> {
        // has been done
      }
      case PULL -> pull();
      case LOAD -> load();
      case PRUNE -> prune();
      case UNPACK, COMMIT, RMI, TAG -> {
        var mine = new ArrayList<Image>();
        for (var image : store.list()) {
          if (names(image).findAny().isPresent()) {
            mine.add(image);
          }
        }
        if (!mine.isEmpty()) {
          change(operation, mine.get(random.nextInt(mine.size())));
        }
      }
    }
  }

  private java.util.stream.Stream<Image.Name> names(Image image) {
    return image.names().stream()
        .filter(n -> n.reference().filter(r -> r.toString().contains("/" + own + "/")).isPresent());
  }

  private void change(Operation operation, Image image) throws Exception {
    switch (operation) {
      case UNPACK -> unpack(image);
      case COMMIT -> commit(image);
      case RMI -> remove(image);
      case TAG -> tag(image);
      case OPEN, PULL, LOAD, PRUNE -> throw new IllegalArgumentException(operation.name());
    }
  }

  private void pull() throws Exception {
    var name =
        store.reference(registry + "/" + own + "/pulled:" + random.nextInt(CrashImages.COUNT));
    tell("begin PULL " + name);
    var credentials = Credentials.of(archives.resolve("no-credentials"));
    try (var client =
        RegistryClient.of(RegistryConfig.EMPTY, credentials, Timing.USUAL, Map.of())) {
      var _ = store.pull(client, name, PlatformMatch.host(), TransferListener.NONE);
    }
    done(Operation.PULL, name.toString());
  }

  private String someName() {
    return "localhost/" + own + "/name:" + random.nextInt(NAMES);
  }

  private void load() throws Exception {
    int number = random.nextInt(CrashImages.COUNT);
    String name = someName();
    byte[] rest =
        random.nextBoolean()
            ? CrashImages.layoutOf(archives, number, name)
            : CrashImages.dockerOf(archives, number, name);
    tell("begin LOAD " + name);
    try (var in =
        new SequenceInputStream(
            Files.newInputStream(archives.resolve(number + ".tar")),
            new ByteArrayInputStream(rest))) {
      var _ = store.load(in);
    }
    done(Operation.LOAD, name);
  }

  /// Somebody else may need a layer that is shared.
  private void unpack(Image image) throws Exception {
    tell("begin UNPACK " + NOBODY);
    if (alone) {
      store.layers().remove(image.diffIds().getLast());
    }
    var _ = store.unpack(image);
    tell("done UNPACK " + NOBODY + " " + NOBODY);
  }

  private void commit(Image base) throws Exception {
    byte[] tar =
        new Tar()
            .directory("made/", 0755)
            .file("made/" + random.nextLong(), 0644, CrashImages.text(random, 400_000))
            .bytes();
    var plan =
        new NewImage(
            Optional.of(base),
            ImageConfig.Config.NONE,
            PlatformMatch.host().platform(),
            "",
            "",
            "",
            Instant.EPOCH);
    String name = someName();
    tell("begin COMMIT " + name);
    ImageStore.LayerSource<IOException> source =
        out -> {
          out.write(tar);
          return Digest.of(tar);
        };
    var _ = store.create(plan, Compression.NONE, source, Optional.of(store.newName(name)));
    done(Operation.COMMIT, name);
  }

  private void remove(Image image) throws Exception {
    var name = names(image).findFirst().orElseThrow();
    tell("begin RMI " + name.key());
    var _ = store.remove(List.of(name));
    tell("done RMI " + name.key() + " " + NOBODY);
  }

  private void prune() throws Exception {
    tell("begin PRUNE " + NOBODY);
    var lost = new ArrayList<Image.Name>();
    for (var image : store.list()) {
      image.names().stream().filter(n -> n.reference().isEmpty()).forEach(lost::add);
    }
    var _ = store.remove(lost);
    tell("done PRUNE " + NOBODY + " " + NOBODY);
  }

  private void tag(Image image) throws Exception {
    String name = someName();
    var found = store.get(names(image).findFirst().orElseThrow().key());
    tell("begin TAG " + name);
    store.tag(found, store.newName(name));
    done(Operation.TAG, name);
  }

  private void done(Operation operation, String name) throws Exception {
    var target = store.content().resolve(name).orElseThrow();
    tell("done " + operation + " " + name + " " + target.digest());
  }
}
