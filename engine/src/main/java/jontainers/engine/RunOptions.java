package jontainers.engine;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// What a one-shot run reads, where its output goes, and what ends it.
///
/// ```java
/// RunOptions.standard().input("print(6 * 7)").timeout(Duration.ofSeconds(2)).outputLimit(1 << 20);
/// ```
///
/// A value: each method returns another one.
///
/// @param input what its standard input reads; absent for nothing
/// @param stdout where its standard output goes; absent for the result
/// @param stderr where its standard error goes; absent for the result
/// @param timeout after how long it is killed, counted from its start; absent for never
/// @param outputLimit how many bytes are taken of standard output, and as many of standard error; a
///   byte more and it is killed
public record RunOptions(
    Optional<Supplier<InputStream>> input,
    Optional<OutputStream> stdout,
    Optional<OutputStream> stderr,
    Optional<Duration> timeout,
    long outputLimit) {
  /// As long as an array can be.
  private static final long OUTPUT_LIMIT = Integer.MAX_VALUE - 16;

  private static final RunOptions STANDARD =
      new RunOptions(
          Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), OUTPUT_LIMIT);

  public RunOptions {
    if (timeout.isPresent() && !timeout.get().isPositive()) {
      throw new IllegalArgumentException("a timeout is longer than nothing: " + timeout.get());
    }
    if (outputLimit < 0) {
      throw new IllegalArgumentException("an output limit is not below 0: " + outputLimit);
    }
  }

  /// Nothing to read, all output into the result, and no limit but the 2 GiB of an array.
  public static RunOptions standard() {
    return STANDARD;
  }

  /// Let it read a text, in UTF-8.
  public RunOptions input(String text) {
    return input(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Let it read bytes.
  public RunOptions input(byte[] bytes) {
    byte[] own = bytes.clone();
    return with(() -> new ByteArrayInputStream(own));
  }

  /// Let it read a stream, which is good for one run.
  ///
  /// It is read by a thread of its own, up to 64 KiB ahead of the program, and not closed. When the
  /// program ends before the stream does, that thread ends after the read it is in.
  public RunOptions input(InputStream stream) {
    return with(() -> stream);
  }

  /// Let its standard output go to a stream while it runs; the stream is flushed and not closed.
  public RunOptions stdout(OutputStream stream) {
    return new RunOptions(input, Optional.of(stream), stderr, timeout, outputLimit);
  }

  /// Let its standard error go to a stream while it runs; the stream is flushed and not closed.
  public RunOptions stderr(OutputStream stream) {
    return new RunOptions(input, stdout, Optional.of(stream), timeout, outputLimit);
  }

  /// Kill it when it has run for so long.
  public RunOptions timeout(Duration value) {
    return new RunOptions(input, stdout, stderr, Optional.of(value), outputLimit);
  }

  /// Kill it when it writes more than so many bytes to either stream.
  public RunOptions outputLimit(long bytes) {
    return new RunOptions(input, stdout, stderr, timeout, bytes);
  }

  private RunOptions with(Supplier<InputStream> supplier) {
    return new RunOptions(Optional.of(supplier), stdout, stderr, timeout, outputLimit);
  }
}
