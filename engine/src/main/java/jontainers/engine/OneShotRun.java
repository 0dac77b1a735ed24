package jontainers.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.engine.RunResult.Outcome;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.Pipe;
import jontainers.linux.Signal;
import jontainers.linux.SyscallException;
import jontainers.runtime.Launch;

/// Run one container to its end on the caller's thread, which waits for its output, its end, the
/// time, an interruption and a broken input at once; only a stream to be read from has a thread of
/// its own.
final class OneShotRun {
  private static final int SIGKILL = Signal.SIGKILL.number();
  private static final Duration FOR_EVER = Duration.ofDays(36_500);

  private final Engine engine;
  private final ContainerSpec spec;
  private final RunOptions options;
  private final byte[] buffer = new byte[65536];
  private Outcome outcome = Outcome.EXITED;
  private Optional<IOException> failure = Optional.empty();

  OneShotRun(Engine engine, ContainerSpec spec, RunOptions options) {
    this.engine = engine;
    this.spec = spec;
    this.options = options;
  }

  RunResult run() throws EngineException {
    try (var alarm = new Alarm()) {
      return switch (options.streams()) {
        case RunStreams.Attached attached -> attached(attached.start(), alarm);
        case RunStreams.Copied copied -> copied(copied, alarm);
      };
    } catch (IOException e) {
      throw Failures.of("run a container", e);
    }
  }

  private RunResult attached(StartOptions start, Alarm alarm) throws IOException, EngineException {
    try (var container = engine.start(spec, start)) {
      return attend(container, alarm, List.of(), Optional.empty());
    }
  }

  private RunResult copied(RunStreams.Copied streams, Alarm alarm)
      throws IOException, EngineException {
    try (var stdout = Pipe.open("standard output");
        var stderr = Pipe.open("standard error")) {
      var sinks =
          List.of(
              new Sink(stdout, streams.stdout(), streams.limit()),
              new Sink(stderr, streams.stderr(), streams.limit()));
      return streams.input().isPresent()
          ? withInput(streams.input().get().get(), alarm, sinks)
          : withoutInput(alarm, sinks);
    }
  }

  private RunResult withoutInput(Alarm alarm, List<Sink> sinks)
      throws IOException, EngineException {
    try (var stdin = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY);
        var container = start(stdin, sinks)) {
      return attend(container, alarm, sinks, Optional.empty());
    }
  }

  private RunResult withInput(InputStream input, Alarm alarm, List<Sink> sinks)
      throws IOException, EngineException {
    var stdin = Pipe.open("standard input");
    RunningContainer started;
    try {
      started = start(stdin.readEnd(), sinks);
    } catch (EngineException | RuntimeException e) {
      stdin.close();
      throw e;
    }
    try (var container = started) {
      stdin.readEnd().close();
      var feed = Feed.start(input, stdin.writeEnd(), container.state().shortId(), alarm);
      return attend(container, alarm, sinks, Optional.of(feed));
    }
  }

  private RunningContainer start(Fd stdin, List<Sink> sinks) throws EngineException {
    var ends = sinks.stream().map(sink -> sink.pipe.writeEnd()).toList();
    var streams = new Launch.Streams(stdin, ends.getFirst(), ends.getLast());
    var container = engine.start(spec, StartOptions.of(streams));
    ends.forEach(Fd::close);
    return container;
  }

  /// @param sinks of standard output and standard error; none when nothing is copied
  private RunResult attend(
      RunningContainer container, Alarm alarm, List<Sink> sinks, Optional<Feed> feed)
      throws IOException, EngineException {
    container.onDetachRequest(alarm::raise);
    options.listener().started(container);
    take(container, alarm, sinks, feed);
    if (outcome == Outcome.DETACHED) {
      container.detach();
      return new RunResult(outcome, 0, new byte[0], new byte[0]);
    }
    int code = container.waitFor().shellCode();
    if (outcome == Outcome.EXITED && container.endedOutOfMemory()) {
      outcome = Outcome.OUT_OF_MEMORY;
    }
    if (failure.isPresent()) {
      throw Failures.of("copy the streams of container " + container.state().name(), failure.get());
    }
    var written = sinks.stream().map(Sink::captured).toList();
    var result =
        written.isEmpty()
            ? new RunResult(outcome, code, new byte[0], new byte[0])
            : new RunResult(outcome, code, written.getFirst(), written.getLast());
    options.listener().ended(container, result);
    return result;
  }

  /// Take all output until the container has ended.
  ///
  /// Its end closes the pipes, unless its processes share the host's pid namespace, whose others
  /// may live on: what they write later is not waited for.
  private void take(RunningContainer container, Alarm alarm, List<Sink> sinks, Optional<Feed> feed)
      throws IOException {
    long end = options.timeout().map(time -> System.nanoTime() + nanos(time)).orElse(0L);
    var open = new ArrayList<>(sinks);
    boolean ended = false;
    while (!ended || !open.isEmpty()) {
      var awaited = new ArrayList<>(open.stream().map(sink -> sink.pipe.readEnd()).toList());
      awaited.add(container.pidfd());
      if (isUndisturbed()) {
        awaited.add(alarm.fd());
      }
      var ready = alarm.awaitReadable(awaited, ended ? Duration.ZERO : patience(end));
      if (ended && ready.length() > open.size() && ready.nextSetBit(0) == open.size()) {
        return; // nothing but the process is ready, and the alarm perhaps
      }
      ended |= ready.get(open.size());
      boolean raised = ready.get(open.size() + 1);
      if (raised && !ended && container.isDetachRequested()) {
        outcome = Outcome.DETACHED;
        return;
      }
      for (int i = open.size() - 1; i >= 0; i--) {
        if (ready.get(i) && !open.get(i).take(container)) {
          open.remove(i);
        }
      }
      if (!ended && isUndisturbed()) {
        watch(container, end, raised, feed);
      }
    }
  }

  private boolean isUndisturbed() {
    return outcome == Outcome.EXITED && failure.isEmpty();
  }

  private Duration patience(long end) {
    return options.timeout().isEmpty() || !isUndisturbed()
        ? FOR_EVER
        : Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  private void watch(RunningContainer container, long end, boolean raised, Optional<Feed> feed)
      throws SyscallException {
    failure = feed.flatMap(Feed::failure);
    if (failure.isPresent()) {
      container.signal(SIGKILL); // it would do half of something with half of its input
    } else if (raised) {
      kill(container, Outcome.INTERRUPTED);
    } else if (options.timeout().isPresent() && System.nanoTime() - end >= 0) {
      kill(container, Outcome.TIMED_OUT);
    }
  }

  private void kill(RunningContainer container, Outcome why) throws SyscallException {
    if (isUndisturbed()) {
      outcome = why;
      container.signal(SIGKILL);
    }
  }

  /// A hundred years are for ever.
  private static long nanos(Duration time) {
    return time.compareTo(FOR_EVER) < 0 ? time.toNanos() : FOR_EVER.toNanos();
  }

  /// Where one of the streams goes.
  private final class Sink {
    private final Pipe pipe;
    private final ByteArrayOutputStream captured = new ByteArrayOutputStream();
    private final OutputStream target;
    private long left;

    Sink(Pipe pipe, Optional<OutputStream> target, long limit) {
      this.pipe = pipe;
      this.target = target.orElse(captured);
      this.left = limit;
    }

    /// Take what is there; nothing more is kept once the container has been killed.
    ///
    /// @return false at the end
    boolean take(RunningContainer container) throws IOException {
      int count = pipe.readEnd().read(buffer, 0, buffer.length);
      int taken = (int) Math.min(count, left);
      left -= taken;
      if (failure.isEmpty() && taken > 0) {
        try {
          target.write(buffer, 0, taken);
          target.flush();
        } catch (IOException e) {
          failure = Optional.of(e);
          container.signal(SIGKILL);
        }
      }
      if (taken < count) {
        kill(container, Outcome.TOO_MUCH_OUTPUT);
      }
      return count > 0;
    }

    byte[] captured() {
      return captured.toByteArray();
    }
  }

  /// Copies what the program reads; on a platform thread, since a full pipe blocks in the kernel.
  private static final class Feed implements Runnable {
    private final InputStream source;
    private final Fd target;
    private final Alarm alarm;
    private volatile Optional<IOException> failure = Optional.empty();

    private Feed(InputStream source, Fd target, Alarm alarm) {
      this.source = source;
      this.target = target;
      this.alarm = alarm;
    }

    static Feed start(InputStream source, Fd target, String id, Alarm alarm) {
      var feed = new Feed(source, target, alarm);
      Thread.ofPlatform().name("stdin of " + id).daemon().start(feed);
      return feed;
    }

    Optional<IOException> failure() {
      return failure;
    }

    @Override
    public void run() {
      byte[] bytes = new byte[65536];
      try (target) {
        for (int count; (count = source.read(bytes)) >= 0; ) {
          target.write(bytes, 0, count);
        }
      } catch (IOException e) {
        if (e instanceof SyscallException call && call.errno() == Errno.EPIPE) {
          return; // the program reads no more
        }
        failure = Optional.of(e);
        alarm.raise();
      }
    }
  }
}
