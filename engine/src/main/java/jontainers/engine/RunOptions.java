package jontainers.engine;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// What a one-shot run reads, where its output goes, what ends it, and who hears of it.
///
/// ```java
/// RunOptions.standard().input("print(6 * 7)").timeout(Duration.ofSeconds(2)).outputLimit(1 << 20);
/// ```
///
/// A value: each method returns another one. What is read and written is copied from and to streams
/// of Java, unless the run is [#attached] to descriptors.
///
/// @param streams what its program reads and writes
/// @param timeout after how long it is killed, counted from its start; absent for never
/// @param listener who hears of its start and of its end
public record RunOptions(RunStreams streams, Optional<Duration> timeout, RunListener listener) {
  private static final RunOptions STANDARD =
      new RunOptions(RunStreams.Copied.RESULT, Optional.empty(), RunListener.NONE);

  public RunOptions {
    if (timeout.isPresent() && !timeout.get().isPositive()) {
      throw new IllegalArgumentException("a timeout is longer than nothing: " + timeout.get());
    }
  }

  /// Nothing to read, all output into the result, and no limit but the 2 GiB of an array.
  public static RunOptions standard() {
    return STANDARD;
  }

  /// Give it descriptors for its own, and perhaps a terminal. What it writes is not seen: the
  /// result is empty, and there is no limit.
  public static RunOptions attached(StartOptions start) {
    return new RunOptions(new RunStreams.Attached(start), Optional.empty(), RunListener.NONE);
  }

  /// Let it read a text, in UTF-8.
  public RunOptions input(String text) {
    return input(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Let it read bytes.
  public RunOptions input(byte[] bytes) {
    byte[] own = bytes.clone();
    return reading(() -> new ByteArrayInputStream(own));
  }

  /// Let it read a stream, which is good for one run.
  ///
  /// It is read by a thread of its own, up to 64 KiB ahead of the program, and not closed. When the
  /// program ends before the stream does, that thread ends after the read it is in.
  public RunOptions input(InputStream stream) {
    return reading(() -> stream);
  }

  private RunOptions reading(Supplier<InputStream> input) {
    var now = copied();
    return with(new RunStreams.Copied(Optional.of(input), now.stdout(), now.stderr(), now.limit()));
  }

  /// Let its standard output go to a stream while it runs; the stream is flushed and not closed.
  public RunOptions stdout(OutputStream stream) {
    var now = copied();
    return with(new RunStreams.Copied(now.input(), Optional.of(stream), now.stderr(), now.limit()));
  }

  /// Let its standard error go to a stream while it runs; the stream is flushed and not closed.
  public RunOptions stderr(OutputStream stream) {
    var now = copied();
    return with(new RunStreams.Copied(now.input(), now.stdout(), Optional.of(stream), now.limit()));
  }

  /// Kill it when it writes more than so many bytes to either stream.
  public RunOptions outputLimit(long bytes) {
    var now = copied();
    return with(new RunStreams.Copied(now.input(), now.stdout(), now.stderr(), bytes));
  }

  /// Kill it when it has run for so long.
  public RunOptions timeout(Duration value) {
    return new RunOptions(streams, Optional.of(value), listener);
  }

  /// Tell somebody when it has started and when it has ended.
  public RunOptions listener(RunListener value) {
    return new RunOptions(streams, timeout, value);
  }

  private RunStreams.Copied copied() {
    return switch (streams) {
      case RunStreams.Copied copied -> copied;
      case RunStreams.Attached _ ->
          throw new IllegalStateException("the run is attached to descriptors: nothing is copied");
    };
  }

  private RunOptions with(RunStreams.Copied copied) {
    return new RunOptions(copied, timeout, listener);
  }
}
