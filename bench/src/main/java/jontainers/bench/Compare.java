package jontainers.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.NetworkMode;
import jontainers.engine.RootImage;

/// `bench/compare`: one container of /bin/true, start to exit, ours beside others'.
///
/// Arguments: our command, a directory to work in, the number of rounds, and a CSV file or nothing.
public final class Compare {
  private static final int WARMUP = 30;

  private final Path command;
  private final Path directory;
  private final int rounds;
  private final List<String> csv = new ArrayList<>(List.of("case,subject,median_ms,p90_ms,n"));

  private Compare(Path command, Path directory, int rounds) {
    this.command = command;
    this.directory = directory;
    this.rounds = rounds;
  }

  /// Measure and print.
  public static void main(String[] arguments) throws Exception {
    var compare =
        new Compare(Path.of(arguments[1]), Path.of(arguments[0]), Integer.parseInt(arguments[2]));
    compare.run(System.out);
    if (arguments.length > 3) {
      Files.write(Path.of(arguments[3]), compare.csv);
    }
  }

  private void run(PrintStream out) throws Exception {
    var rootfs = Busybox.make(directory);
    var peers = peers(out, rootfs);
    var random = new Random(1);
    try (var engine = Engine.open(directory.resolve("state"))) {
      var spec =
          ContainerSpec.of(RootImage.rootfs(rootfs), "/bin/true")
              .autoRemove()
              .network(NetworkMode.NONE);
      show(
          out,
          new Case("true-warm", with(peers, new WarmEngine(engine, spec.build())), WARMUP, rounds),
          random);
      var bridged = new WarmEngine(engine, spec.network(NetworkMode.BRIDGE).build());
      show(out, new Case("true-warm-net", with(peers, bridged), WARMUP, rounds), random);
    }
    if (Boolean.getBoolean("nocold")) return;
    var cold = new ColdCommand(command, directory.resolve("cold"), rootfs);
    show(out, new Case("true-cold", with(peers, cold), 3, Math.max(5, rounds / 5)), random);
  }

  private void show(PrintStream out, Case one, Random random) throws Exception {
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
          "%s,%s,%.3f,%.3f,%d"
              .formatted(one.name(), name, times.medianMillis(), times.p90Millis(), times.count()));
    });
  }

  private static List<Subject> with(List<Subject> peers, Subject ours) {
    return Stream.concat(Stream.of(ours), peers.stream()).toList();
  }

  private List<Subject> peers(PrintStream out, Path rootfs) throws IOException {
    var peers = new ArrayList<Subject>();
    for (String name : List.of("crun", "runc")) {
      var program = Programs.find(name);
      if (program.isEmpty()) {
        out.println(name + ": not installed, skipped");
        continue;
      }
      var peer = OciRuntime.prepare(name, program.get(), directory, rootfs);
      try {
        peer.run();
        peers.add(peer);
      } catch (IOException e) {
        out.println(name + ": does not run here, skipped: " + e.getMessage());
      }
    }
    return peers;
  }
}
