package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.engine.NetworkMode;
import jontainers.engine.RootImage;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Many commands at once, and many that are killed whenever it happens.
@KernelTest
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class UnderFireTest {
  private static final int AT_ONCE = 50;
  private static final int KILLS = 300;
  private static final int KILLS_OF_A_BATCH = 30;
  private static final int SHOOTERS = 3;
  private static final long SEED = 3;

  /// What is killed: commands that have something of everything, and an engine that is busy.
  private static final List<String> RUNS =
      List.of(
          "--rm --network none true",
          "--rm true",
          "--rm -m 32m --pids-limit 20 --cpus 0.5 true",
          "--rm --init sh -c 'sleep 5 & wait'",
          "--rm -t sleep 5",
          "--rm -i cat",
          "--rm --userns 0:100000:65536 true",
          "--rm --tmpfs /scratch -v /tmp:/data:ro --read-only true",
          "--rm --export out.tar --network none true",
          "--network none true",
          "-m 64m sleep 5",
          "BUSY");

  @RegisterExtension final Machine machine = new Machine();

  /// Each is a JVM of its own, and all containers run at the same time.
  @Test
  void fifty_commands_at_once_share_no_address_and_leave_nothing() throws Exception {
    var addresses = new TreeSet<String>();
    var runs = new ArrayList<Running>();
    try {
      for (int i = 0; i < AT_ONCE; i++) {
        runs.add(
            new Running(
                machine.startJontainers(
                    "run",
                    "-i",
                    "--rm",
                    "--rootfs",
                    "fs/orig",
                    "sh",
                    "-c",
                    "ip -o -4 addr show eth0 || exit; exec cat")));
      }
      for (var run : runs) {
        addresses.add(run.line().replaceAll(" +", " "));
      }
      for (var run : runs) {
        assertThat(run.end()).isZero();
      }
    } finally {
      for (var run : runs) {
        run.close();
      }
    }

    assertThat(addresses).hasSize(AT_ONCE).allMatch(line -> line.contains(" 172.19.80."));
    nothingIsLeft();
  }

  @Test
  void whenever_commands_are_killed_the_next_one_releases_all() throws Exception {
    machine.jontainers("start");
    long whole = nanosOfARun();
    var random = new SplittableRandom(SEED);
    int killed = 0;
    try (var shooters = Executors.newFixedThreadPool(SHOOTERS)) {
      while (killed < KILLS) {
        var shots = new ArrayList<Callable<Boolean>>();
        for (int i = 0; i < Math.min(KILLS_OF_A_BATCH, KILLS - killed); i++) {
          String run = RUNS.get(random.nextInt(RUNS.size()));
          long delay = random.nextLong(whole + whole / 4);
          shots.add(() -> shoot(run, delay));
        }
        for (Future<Boolean> shot : shooters.invokeAll(shots)) {
          killed += shot.get() ? 1 : 0;
        }
        nothingIsLeft();
      }
    }
  }

  /// Begin a run and kill it after some time; tell whether it lived as long.
  private boolean shoot(String run, long delayNanos) throws IOException, InterruptedException {
    var process = run.equals("BUSY") ? busy() : machine.startJontainers(words(run));
    try {
      return !process.waitFor(delayNanos, TimeUnit.NANOSECONDS);
    } finally {
      process.destroyForcibly().onExit().join();
    }
  }

  private static String[] words(String run) {
    var words = new ArrayList<>(List.of("run", "--rootfs", "fs/orig"));
    String[] parts = run.split("'");
    words.addAll(List.of(parts[0].strip().split(" ")));
    words.addAll(List.of(parts).subList(1, parts.length));
    return words.toArray(String[]::new);
  }

  private Process busy() throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Busy.class.getName(),
            machine.directory().toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /// An engine that runs containers one after another, several at a time, until it is killed.
  static final class Busy {
    private static final int THREADS = 4;

    private Busy() {}

    static void main(String... arguments) throws EngineException {
      var directory = Path.of(arguments[0]);
      var spec =
          ContainerSpec.of(RootImage.rootfs(directory.resolve("fs/orig")), "true")
              .autoRemove()
              .network(NetworkMode.BRIDGE)
              .build();
      var engine = Engine.open(directory.resolve("state")); // until it is killed
      for (int i = 0; i < THREADS; i++) {
        var _ = Thread.ofPlatform().start(() -> runForEver(engine, spec));
      }
    }

    private static void runForEver(Engine engine, ContainerSpec spec) {
      while (true) {
        try {
          engine.run(spec);
        } catch (EngineException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  /// Return how long a run takes when several run at the same time.
  private long nanosOfARun() throws IOException {
    long before = System.nanoTime();
    var runs = new ArrayList<Process>();
    for (int i = 0; i < SHOOTERS; i++) {
      runs.add(machine.startJontainers(words("--rm true")));
    }
    for (var run : runs) {
      assertThat(machine.finish(run, "").code()).isZero();
    }
    return System.nanoTime() - before;
  }

  /// Run the next command, and look for what it left; containers that were to be kept have ended.
  private void nothingIsLeft() throws IOException {
    var listed = machine.jontainers("ps", "-aq");
    assertThat(listed.errors()).isEmpty();
    machine.awaitNoProcess();
    assertThat(machine.leftovers()).isEmpty();
    assertThat(machine.jontainers("ps", "-q").out()).isEmpty();
    for (String id : listed.lines()) {
      assertThat(machine.jontainers("rm", id).code()).isZero();
    }
    for (String place : List.of("containers", "names", "trash")) {
      assertThat(Machine.names(machine.root().resolve(place))).isEmpty();
    }
    assertThat(temporary()).isEmpty();
  }

  /// A tar that was not complete leaves nothing beside it.
  private Optional<String> temporary() throws IOException {
    try (var files = Files.list(machine.directory())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !List.of("fs", "state", "out.tar").contains(name))
          .findFirst();
    }
  }
}
