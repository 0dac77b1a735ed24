package jontainers.bench;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.NetworkMode;
import jontainers.engine.RootImage;

/// `bench/compare`: containers of /bin/true, start to exit, ours beside others'.
///
/// Arguments: a directory to work in, our command, the number of rounds, the cases with commas
/// between them or `all`, and a CSV file or nothing.
public final class Compare {
  /// Until the JVM has compiled what is run, without a network and with one.
  private static final int WARM = 5000;

  private static final List<String> WARM_CASES =
      List.of("true-warm", "true-warm-net", "true-x100", "true-x32", "true-x200");

  private static final int WARM_WITH_BRIDGE = 2000;
  private static final int WARM_LIFECYCLES = 1000;

  private final Path directory;
  private final String command;
  private final int rounds;
  private final List<String> wanted;
  private final PrintStream out = System.out;
  private final Random random = new Random(1);
  private final List<String> csv = new ArrayList<>(List.of("case,subject,median_ms,p90_ms,n"));

  private Compare(Path directory, String command, int rounds, List<String> wanted) {
    this.directory = directory;
    this.command = command;
    this.rounds = rounds;
    this.wanted = wanted;
  }

  /// Measure and print.
  public static void main(String[] arguments) throws Exception {
    var compare =
        new Compare(
            Path.of(arguments[0]),
            arguments[1],
            Integer.parseInt(arguments[2]),
            List.of(arguments[3].split(",")));
    compare.run();
    if (arguments.length > 4) {
      Files.write(Path.of(arguments[4]), compare.csv);
    }
  }

  private void run() throws Exception {
    var rootfs = Busybox.make(directory);
    try (var peers = Peers.open(directory, rootfs, out)) {
      var all = peers.all();
      if (isWanted("true-cold")) {
        show("true-cold", cold(rootfs), all, peer -> peer.once(peer.withoutNetwork()), rounds / 5);
      }
      warm(rootfs, all);
    }
    lifecycle(new Lifecycle(directory, rootfs, command + "-oci"));
  }

  /// An engine's calls of a runtime: create, start, delete.
  private void lifecycle(Lifecycle lifecycle) throws Exception {
    if (isWanted("oci-cold")) {
      show(new Case("oci-cold", lifecycle.commands(), 2, Math.max(3, rounds / 5)));
    }
    if (isWanted("oci-x32")) {
      show(new Case("oci-x32", lifecycle.atOnce(32), 1, Math.max(3, rounds / 10)));
    }
    if (isWanted("oci-warm")) {
      var subjects = new ArrayList<>(lifecycle.commands());
      subjects.set(0, lifecycle.warm());
      for (int i = 0; i < WARM_LIFECYCLES; i++) {
        subjects.getFirst().run();
      }
      show(new Case("oci-warm", subjects, 2, rounds));
    }
  }

  private void warm(Path rootfs, List<Peer> peers) throws Exception {
    var spec =
        ContainerSpec.of(RootImage.rootfs(rootfs), "/bin/true")
            .autoRemove()
            .network(NetworkMode.NONE);
    var alone = spec.build();
    var bridged = spec.network(NetworkMode.BRIDGE).build();
    try (var engine = Engine.open(directory.resolve("state"))) {
      if (WARM_CASES.stream().anyMatch(this::isWanted)) {
        repeat(WARM, engine, alone);
        repeat(WARM_WITH_BRIDGE, engine, bridged);
      }
      show(
          "true-warm",
          new WarmEngine(engine, alone, WarmEngine::once),
          peers,
          peer -> peer.once(peer.withoutNetwork()),
          rounds);
      show(
          "true-warm-net",
          new WarmEngine(engine, bridged, WarmEngine::once),
          peers,
          peer -> peer.once(peer.withBridge()),
          rounds);
    }
    var root = directory.resolve("many");
    int few = Math.max(3, rounds / 10);
    show("true-x100", WarmEngine.many(root, alone, 100, 1), peers, peer -> peer.inARow(100), few);
    for (int count : List.of(32, 200)) {
      show(
          "true-x" + count,
          WarmEngine.many(root, alone, count, count),
          peers,
          peer -> peer.atOnce(count),
          few);
    }
  }

  private static void repeat(int count, Engine engine, ContainerSpec spec) throws Exception {
    for (int i = 0; i < count; i++) {
      WarmEngine.once(engine, spec);
    }
  }

  /// Our command, as a process of its own with a JVM of its own.
  private Subject cold(Path rootfs) {
    var root = directory.resolve("cold");
    var words = Stream.of(command, "--root", root, "run", "--rm", "--network", "none");
    var all = Stream.concat(words, Stream.of("--rootfs", rootfs, "/bin/true"));
    var ours = all.map(Object::toString).toList();
    return new Peer("jontainers", ours, ours, 1).once(ours);
  }

  private boolean isWanted(String name) {
    return wanted.contains("all") || wanted.contains(name);
  }

  private void show(
      String name, Subject ours, List<Peer> peers, Function<Peer, Subject> theirs, int turns)
      throws Exception {
    if (!isWanted(name)) {
      return;
    }
    var subjects = new ArrayList<Subject>(List.of(ours));
    peers.forEach(peer -> subjects.add(theirs.apply(peer)));
    show(new Case(name, subjects, 2, Math.max(3, turns)));
  }

  private void show(Case one) throws Exception {
    Map<String, Samples> samples = one.measure(random);
    var ours = samples.entrySet().iterator().next().getValue();
    out.printf(
        "%n%-15s %-11s %10s %10s %8s %6s%n", one.name(), "", "median ms", "p90 ms", "ratio", "n");
    samples.forEach((name, times) -> {
      out.printf(
          "%-15s %-11s %10.2f %10.2f %8.2f %6d%n",
          "",
          name,
          times.medianMillis(),
          times.p90Millis(),
          ours.pairedRatio(times),
          times.count());
      csv.add(
          String.format(
              Locale.ROOT,
              "%s,%s,%.3f,%.3f,%d",
              one.name(),
              name,
              times.medianMillis(),
              times.p90Millis(),
              times.count()));
    });
  }
}
