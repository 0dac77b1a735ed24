package jontainers.runtime;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Fd;
import jontainers.linux.Pipe;
import jontainers.linux.Poll;
import jontainers.linux.Pump;
import jontainers.linux.SyscallException;

/// Own the pipes between a caller's standard streams and a program that may not have them.
///
/// What the program gets in the place of a file or terminal is a pipe, which a thread copies to or
/// from a duplicate of the caller's descriptor: the offset is the caller's, and so are its access
/// and its flags (O_APPEND). Up to a pipe's size is read ahead of a program, as with Docker. A pipe
/// of the caller's is passed on as it is; of the null device see [StreamKind].
///
/// Confined to one thread, but for [#giveUp].
public final class StreamCopies implements AutoCloseable {
  /// Who writes into the pipes beside the program, and so how long is waited for the end of a pipe
  /// when the program has ended and the pipe is empty.
  public enum Writers {
    /// Processes of which none outlives the program: those of its pid namespace. Only somebody else
    /// who was passed the pipe (unix(7), SCM_RIGHTS) still holds it.
    END_WITH_PROGRAM(Duration.ofSeconds(2)),
    /// Others, too, who may hold a pipe open for ever.
    MAY_LIVE_ON(Duration.ofSeconds(1)),
    /// Others, who are waited for, as runc does after `exec`.
    ARE_AWAITED(Duration.ofDays(36_500));

    private final Duration patience;

    Writers(Duration patience) {
      this.patience = patience;
    }
  }

  private static final Duration LOOK = Duration.ofMillis(100);

  private final Writers writers;
  private final List<Fd> ends = new ArrayList<>();
  private final List<Fd> owned = new ArrayList<>();
  private final List<Copy> waiting = new ArrayList<>();
  private final List<Output> outputs = new ArrayList<>();
  private volatile boolean givenUp;
  private final Launch.Streams streams;

  /// What the program writes, on its way.
  private record Output(Pump pump, Fd pipe) {
    boolean isDrained() {
      try {
        return pump.isReading() && Poll.readable(List.of(pipe), Duration.ZERO).isEmpty();
      } catch (SyscallException | IllegalStateException e) {
        return true; // it is closed: the pump has just ended
      }
    }
  }

  /// What is copied once the program is there.
  private record Copy(String name, Fd from, Fd to, boolean output) {}

  private StreamCopies(Launch.Streams callers, Writers writers) throws SyscallException {
    this.writers = writers;
    try {
      var stdin = input(callers.stdin());
      var stdout = output(callers.stdout());
      boolean one = !ends.isEmpty() && callers.stdout().isSameOpenFile(callers.stderr());
      // One pipe for both, as in `>file 2>&1`: what is written first comes first.
      this.streams = new Launch.Streams(stdin, stdout, one ? stdout : output(callers.stderr()));
    } catch (SyscallException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Make the pipes that are needed.
  ///
  /// @param callers lent until the program is there
  public static StreamCopies of(Launch.Streams callers, Writers writers) throws SyscallException {
    return new StreamCopies(callers, writers);
  }

  /// Return what the program is given, lent.
  public Launch.Streams streams() {
    return streams;
  }

  private Fd input(Fd caller) throws SyscallException {
    if (StreamKind.of(caller) != StreamKind.FILE) {
      return caller;
    }
    var pipe = pipe(caller);
    ends.add(pipe.readEnd());
    waiting.add(new Copy(caller.name(), duplicate(caller), own(pipe.writeEnd()), false));
    return pipe.readEnd();
  }

  private Fd output(Fd caller) throws SyscallException {
    if (StreamKind.of(caller) != StreamKind.FILE) {
      return caller;
    }
    var pipe = pipe(caller);
    ends.add(pipe.writeEnd());
    waiting.add(new Copy(caller.name(), own(pipe.readEnd()), duplicate(caller), true));
    return pipe.writeEnd();
  }

  private static Pipe pipe(Fd caller) throws SyscallException {
    return Pipe.open(caller.name());
  }

  private Fd duplicate(Fd caller) throws SyscallException {
    return own(caller.duplicate());
  }

  private Fd own(Fd fd) {
    owned.add(fd);
    return fd;
  }

  /// Begin to copy, when the program has its ends.
  public void begin() {
    ends.forEach(Fd::close);
    for (var copy : waiting) {
      var pump =
          Pump.start(
              copy.name(),
              copy.from(),
              copy.to(),
              () -> {
                copy.from().close();
                copy.to().close();
              });
      if (copy.output()) {
        outputs.add(new Output(pump, copy.from()));
      }
    }
    waiting.clear();
    owned.clear();
  }

  /// Wait until all that was written is where it belongs, after the program has ended.
  ///
  /// @return why some of it is not
  public Optional<IOException> await() {
    Optional<IOException> failure = Optional.empty();
    for (var output : outputs) {
      await(output);
      failure = failure.or(output.pump()::failure);
    }
    outputs.clear();
    return failure;
  }

  private void await(Output output) {
    long drainedSince = System.nanoTime();
    while (!output.pump().isDone() && !givenUp) {
      output.pump().await(LOOK);
      if (!output.isDrained()) {
        drainedSince = System.nanoTime();
      } else if (System.nanoTime() - drainedSince > writers.patience.toNanos()) {
        return;
      }
    }
  }

  /// Let [#await] wait no longer. Safe for any thread.
  public void giveUp() {
    givenUp = true;
  }

  /// Let go of what was not begun; what was ends with its program.
  @Override
  public void close() {
    ends.forEach(Fd::close);
    owned.forEach(Fd::close);
  }
}
