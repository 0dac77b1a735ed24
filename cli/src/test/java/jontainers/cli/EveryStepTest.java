package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.engine.StartOptions;
import jontainers.linux.Fd;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Sequence;
import jontainers.runtime.Launch;
import jontainers.runtime.StartObserver;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whatever goes wrong while a container is made, at whichever step: nothing of it is left.
@KernelTest
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class EveryStepTest {
  private static final int WITH_ONE_ENGINE = 20;

  @RegisterExtension final Machine machine = new Machine();

  @ParameterizedTest
  @EnumSource(Whole.class)
  void any_call_that_fails_is_told_and_leaves_nothing(Whole whole) throws Exception {
    var all = new Breaking(-1);
    onEngines(1, whole, (starts, _) -> assertThat(starts.failure(all)).isEmpty());

    onEngines(
        all.seen(),
        whole,
        (starts, number) -> {
          var breaking = new Breaking(number);
          var failure = starts.failure(breaking);
          if (breaking.stops()) {
            assertThat(failure).as(breaking.toString()).isPresent();
            assertThat(failure.get().getMessage())
                .as(breaking.toString())
                .contains(breaking.object());
          }
        });
  }

  @ParameterizedTest
  @EnumSource(Whole.class)
  void an_observer_that_fails_at_any_step_leaves_nothing(Whole whole) throws Exception {
    var all = new Leaving(-1);
    onEngines(1, whole, (starts, _) -> assertThat(starts.failure(all)).isEmpty());

    onEngines(
        all.seen(),
        whole,
        (starts, number) ->
            assertThatThrownBy(() -> starts.failure(new Leaving(number))).hasMessage(Leaving.WHY));
  }

  /// One engine has begun as many containers as there are steps, and each stands at another one.
  @ParameterizedTest
  @EnumSource(Whole.class)
  void an_engine_that_is_killed_at_any_step_leaves_nothing(Whole whole) throws Exception {
    var process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Standing.class.getName(),
                machine.directory().toString(),
                whole.name())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var engine = new Running(process)) {
      int steps = Integer.parseInt(engine.line());
      assertThat(steps).isGreaterThan(80);
      engine.await("at each of them");
      assertThat(Machine.names(machine.root().resolve("names"))).hasSizeGreaterThan(steps);
    }

    assertThat(machine.jontainers("ps", "-aq").out()).isEmpty();
    machine.awaitNoProcess();
    assertThat(machine.leftovers()).isEmpty();
    for (String place : List.of("containers", "names", "trash")) {
      assertThat(Machine.names(machine.root().resolve(place))).isEmpty();
    }
  }

  /// An engine that begins containers, one for each step, and stops each behind that step.
  static final class Standing {
    private Standing() {}

    static void main(String... arguments) throws Exception {
      var directory = Path.of(arguments[0]);
      var whole = Whole.valueOf(arguments[1]);
      var engine = Engine.open(directory.resolve("state")); // until it is killed
      var all = new Leaving(-1);
      assertThat(new Starts(engine, whole.spec(directory)).failure(all)).isEmpty();
      System.out.println(all.seen());
      var standing = new CountDownLatch(all.seen());
      for (int step = 0; step < all.seen(); step++) {
        var starts = new Starts(engine, whole.spec(directory, "--name", "step-" + step));
        var stopping = new Stopping(step, standing);
        var _ = Thread.ofPlatform().start(() -> starts.begin(stopping));
      }
      standing.await();
      try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR)) {
        var running =
            engine.start(
                whole.spec(directory, "--name", "running"),
                StartOptions.of(new Launch.Streams(none, none, none)));
        System.out.println("at each of them");
        running.waitFor();
      }
    }
  }

  /// Is done with a number from 0 on.
  private interface Numbered {
    void with(Starts starts, int number) throws IOException, EngineException;
  }

  /// Do something for each number, a few with one engine, so that some are made by zygotes.
  private void onEngines(int count, Whole whole, Numbered work) throws Exception {
    var spec = whole.spec(machine.directory(), "--name", "whole");
    for (int from = 0; from < count; from += WITH_ONE_ENGINE) {
      int to = Math.min(count, from + WITH_ONE_ENGINE);
      try (var engine = Engine.open(machine.root())) {
        for (int number = from; number < to; number++) {
          work.with(new Starts(engine, spec), number);
        }
      }
      assertThat(machine.leftovers()).as("of %d up to %d", from, to).isEmpty();
    }
  }

  /// An engine that starts one container again and again.
  private record Starts(Engine engine, ContainerSpec spec) {
    /// Start it and never end it.
    void begin(StartObserver observer) {
      try {
        throw new AssertionError("started: " + failure(observer));
      } catch (IOException | EngineException e) {
        throw new AssertionError(e);
      }
    }

    /// Start it and end it; return why it could not be started.
    Optional<EngineException> failure(StartObserver observer) throws IOException, EngineException {
      try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR)) {
        var options =
            new StartOptions(
                new Launch.Streams(none, none, none),
                Optional.empty(),
                Optional.empty(),
                Optional.of(observer));
        try (var container = engine.start(spec, options)) {
          container.terminal().ifPresent(Fd::close);
        } catch (EngineException e) {
          return Optional.of(e);
        }
      }
      return Optional.empty();
    }
  }

  /// Puts a call that fails into the place of one of all calls.
  private static final class Breaking implements StartObserver {
    private static final List<Argument> NOTHING = List.of(Argument.of(-1));

    private final int at;
    private final List<Call> seen = new ArrayList<>();
    private String object = "";
    private boolean done;

    Breaking(int at) {
      this.at = at;
    }

    @Override
    public void step(Step step) {}

    @Override
    public void call(Call call, long result) {
      done |= call.syscall() == Syscall.close && call.arguments().equals(NOTHING);
    }

    @Override
    public Sequence calls(Step step, Sequence own) {
      var calls = new ArrayList<Call>();
      for (var call : own.calls()) {
        if (seen.size() == at) {
          object = object(step, call);
          calls.add(broken(call));
        } else {
          calls.add(call);
        }
        seen.add(call);
      }
      return new Sequence(calls);
    }

    /// There is no descriptor -1.
    private static Call broken(Call call) {
      return new Call(Syscall.close, NOTHING, call.object(), call.mayFail(), call.onZero());
    }

    /// Words of the user are told as they were said.
    private static String object(Step step, Call call) {
      return switch (step) {
        case ProcessStep.FindProgram find -> find.name();
        case ProcessStep.Execute execute -> execute.arguments().getFirst();
        default -> call.object();
      };
    }

    int seen() {
      return seen.size();
    }

    /// Tell whether the start cannot go on: some calls are not made, and some may fail.
    boolean stops() {
      return done && !seen.get(at).mayFail();
    }

    String object() {
      return object;
    }

    @Override
    public String toString() {
      return "call " + at + ": " + seen.get(at);
    }
  }

  /// Fails by itself at a step.
  private static final class Leaving implements StartObserver {
    static final String WHY = "the observer has seen enough";

    private final int at;
    private int seen;

    Leaving(int at) {
      this.at = at;
    }

    @Override
    public void step(Step step) {
      if (seen++ == at) {
        throw new IllegalStateException(WHY);
      }
    }

    @Override
    public void call(Call call, long result) {}

    int seen() {
      return seen;
    }
  }

  /// Does not return from a step.
  private record Stopping(int at, AtomicInteger seen, CountDownLatch standing)
      implements StartObserver {
    Stopping(int at, CountDownLatch standing) {
      this(at, new AtomicInteger(), standing);
    }

    @Override
    public void step(Step step) {
      if (seen.getAndIncrement() == at) {
        standing.countDown();
        while (true) {
          LockSupport.park();
        }
      }
    }

    @Override
    public void call(Call call, long result) {}
  }
}
