package jontainers.engine;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.function.Supplier;

/// What the program of a one-shot run reads and writes.
public sealed interface RunStreams {

  /// Streams of Java, between which and the program all is copied.
  ///
  /// @param input what its standard input reads; absent for nothing
  /// @param stdout where its standard output goes; absent for the result
  /// @param stderr where its standard error goes; absent for the result
  /// @param limit how many bytes are taken of standard output, and as many of standard error; a
  ///   byte more and it is killed
  record Copied(
      Optional<Supplier<InputStream>> input,
      Optional<OutputStream> stdout,
      Optional<OutputStream> stderr,
      long limit)
      implements RunStreams {
    /// As long as an array can be.
    private static final long LIMIT = Integer.MAX_VALUE - 16;

    /// Nothing to read, and all that is written for the result.
    static final Copied RESULT =
        new Copied(Optional.empty(), Optional.empty(), Optional.empty(), LIMIT);

    public Copied {
      if (limit < 0) {
        throw new IllegalArgumentException("an output limit is not below 0: " + limit);
      }
    }
  }

  /// Descriptors, which the program has for its own: nothing is copied, and the result is empty.
  record Attached(StartOptions start) implements RunStreams {}
}
