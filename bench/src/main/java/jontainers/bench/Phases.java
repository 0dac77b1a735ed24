package jontainers.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingStream;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.NetworkMode;
import jontainers.engine.RootImage;
import jontainers.engine.StartOptions;
import jontainers.linux.Fd;
import jontainers.linux.proxy.Call;
import jontainers.runtime.Launch;
import jontainers.runtime.StartObserver;
import jontainers.runtime.step.Step;

/// `bench/phases`: where one warm start spends its time.
///
/// The engine's phases are its own methods, timed by the JVM itself (the event `jdk.MethodTrace`,
/// JEP 520): nothing stands in the engine for it, and it costs nothing when it is off. The child's
/// steps are made one by one and timed from here; each has a round trip within, which is told
/// beside.
///
/// Arguments: a directory to work in, the number of rounds, and `none`, `host` or `bridge`.
public final class Phases {
  private static final int WARMUP = Integer.getInteger("warmup", 300);

  private static final List<String> METHODS =
      List.of(
          "jontainers.engine.OneShotRun::run",
          "jontainers.engine.ContainerStart::claim",
          "jontainers.engine.Connection::make",
          "jontainers.engine.ContainerStart::files",
          "jontainers.engine.ContainerStart::prepare",
          "jontainers.engine.ContainerStart::run",
          "jontainers.engine.ContainerStore$Claim::write",
          "jontainers.engine.ContainerStore::delete",
          "jontainers.engine.Ledger::clear",
          "jontainers.engine.Ledger::write",
          "jontainers.engine.OciSpecs::toSpec",
          "jontainers.engine.RootFilesystem::create",
          "jontainers.engine.RunningContainer::close",
          "jontainers.engine.RunningContainer::waitFor",
          "jontainers.engine.UserDatabase::of",
          "jontainers.linux.Spawn::spawn",
          "jontainers.linux.Memfd::executable",
          "jontainers.linux.proxy.Zygote::agent",
          "jontainers.linux.proxy.ProxiedProcess::close",
          "jontainers.linux.proxy.ProxiedProcess::start",
          "jontainers.linux.proxy.Script::awaitClone",
          "jontainers.linux.proxy.Script::first",
          "jontainers.linux.proxy.Script::perform",
          "jontainers.network.Endpoint::close",
          "jontainers.network.EndpointSetup::run",
          "jontainers.runtime.Cgroup::create",
          "jontainers.runtime.Cgroup::remove",
          "jontainers.runtime.PreparedContainer::of",
          "jontainers.runtime.PreparedContainer::proxyPlan");

  private Phases() {}

  /// Measure and print.
  public static void main(String[] arguments) throws Exception {
    var directory = Path.of(arguments[0]);
    int rounds = Integer.parseInt(arguments[1]);
    var network = NetworkMode.valueOf(arguments[2].toUpperCase(java.util.Locale.ROOT));
    var spec =
        ContainerSpec.of(RootImage.rootfs(Busybox.make(directory)), "/bin/true")
            .autoRemove()
            .network(network)
            .build();
    try (var engine = Engine.open(directory.resolve("state"))) {
      for (int i = 0; i < WARMUP; i++) {
        engine.run(spec);
      }
      whole(engine, spec, rounds, System.out);
      phases(engine, spec, rounds, System.out);
      steps(engine, spec, rounds, System.out);
    }
  }

  /// Nothing is traced here.
  private static void whole(Engine engine, ContainerSpec spec, int rounds, PrintStream out)
      throws Exception {
    var times = new Samples();
    long[] before = processor();
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      engine.run(spec);
      times.add(System.nanoTime() - start);
    }
    long[] after = processor();
    out.printf(
        "start to exit: median %.3f ms, p90 %.3f ms; processor: JVM %.2f + %.2f, others %.2f + %.2f"
            + " ms user + system%n",
        times.medianMillis(),
        times.p90Millis(),
        10.0 * (after[0] - before[0]) / rounds,
        10.0 * (after[1] - before[1]) / rounds,
        10.0 * (after[2] - before[2]) / rounds,
        10.0 * (after[3] - before[3]) / rounds);
  }

  /// Read utime, stime, cutime and cstime of this process: proc_pid_stat(5), in ticks of 10 ms.
  private static long[] processor() throws IOException {
    String line = Files.readString(Path.of("/proc/self/stat"));
    String[] words = line.substring(line.lastIndexOf(')') + 2).split(" ");
    return java.util.Arrays.stream(words, 11, 15).mapToLong(Long::parseLong).toArray();
  }

  /// One timed call of a method.
  private record Span(String method, long thread, Instant start, Duration duration) {
    static Span of(RecordedEvent event) {
      RecordedMethod method = event.getValue("method");
      String type = method.getType().getName();
      return new Span(
          type.substring(type.lastIndexOf('.') + 1) + "." + method.getName(),
          event.getThread().getJavaThreadId(),
          event.getStartTime(),
          event.getDuration());
    }

    boolean holds(Span other) {
      return !other.start.isBefore(start)
          && !other.start.plus(other.duration).isAfter(start.plus(duration));
    }
  }

  private static void phases(Engine engine, ContainerSpec spec, int rounds, PrintStream out)
      throws Exception {
    var spans = new ConcurrentLinkedQueue<Span>();
    try (var stream = new RecordingStream()) {
      stream
          .enable("jdk.MethodTrace")
          .with("filter", String.join(";", METHODS))
          .with("stackTrace", "false");
      stream.onEvent("jdk.MethodTrace", event -> spans.add(Span.of(event)));
      stream.startAsync();
      for (int i = 0; i < rounds + WARMUP; i++) {
        engine.run(spec); // the methods are compiled anew when they are traced
      }
      stream.stop();
    }
    long here = Thread.currentThread().threadId();
    var own =
        spans.stream()
            .filter(span -> span.thread == here)
            .sorted(
                java.util.Comparator.comparing(Span::start)
                    .thenComparing(java.util.Comparator.comparing(Span::duration).reversed()))
            .toList();
    out.printf("%n%-64s %10s %8s%n", "phase of the engine", "median ms", "calls");
    paths(own, rounds)
        .forEach((path, times) -> {
          int depth = (int) path.chars().filter(c -> c == '/').count();
          out.printf(
              "%-64s %10.3f %8.1f%n",
              "  ".repeat(depth) + path.substring(path.lastIndexOf('/') + 1),
              times.medianMillis(),
              (double) times.count() / rounds);
        });
  }

  /// Group the last rounds by the methods they are nested in.
  private static Map<String, Samples> paths(List<Span> spans, int rounds) {
    var roots = new ArrayList<Integer>();
    for (int i = 0; i < spans.size(); i++) {
      if (spans.get(i).method.equals("OneShotRun.run")) {
        roots.add(i);
      }
    }
    Map<String, Samples> paths = new LinkedHashMap<>();
    Deque<Span> open = new ArrayDeque<>();
    int first = roots.get(Math.max(0, roots.size() - rounds));
    for (var span : spans.subList(first, spans.size())) {
      while (!open.isEmpty() && !open.getLast().holds(span)) {
        open.removeLast();
      }
      open.addLast(span);
      String path = String.join("/", open.stream().map(Span::method).toList());
      paths.computeIfAbsent(path, p -> new Samples()).add(span.duration.toNanos());
    }
    return paths;
  }

  private static void steps(Engine engine, ContainerSpec spec, int rounds, PrintStream out)
      throws Exception {
    Map<String, Samples> steps = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(rounds, 100); i++) {
      step(engine, spec, steps);
    }
    out.printf("%n%-64s %10s%n", "step of the child, with a round trip", "median ms");
    steps.forEach((step, times) -> {
      String name = step.length() > 63 ? step.substring(0, 63) : step;
      out.printf("%-64s %10.3f%n", name, times.medianMillis());
    });
  }

  private static void step(Engine engine, ContainerSpec spec, Map<String, Samples> steps)
      throws IOException, jontainers.engine.EngineException {
    var observer =
        new StartObserver() {
          private long last = System.nanoTime();

          @Override
          public void step(Step step) {
            long now = System.nanoTime();
            steps
                .computeIfAbsent(
                    step.summary().replaceAll("[0-9a-f]{12,}", "ID"), s -> new Samples())
                .add(now - last);
            last = now;
          }

          @Override
          public void call(Call call, long result) {
            last = System.nanoTime();
          }
        };
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR);
        var container =
            engine.start(
                spec,
                new StartOptions(
                    new Launch.Streams(none, none, none),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(observer)))) {
      container.waitFor();
    }
  }
}
