package jontainers.engine;

import java.nio.charset.StandardCharsets;

/// What came of a run.
///
/// @param outcome why the run ended
/// @param exitCode as a shell shows it: the program's own, or 128 plus the signal that ended it
/// @param stdout all that was taken of what it wrote there; empty where that went to a stream
/// @param stderr all that was taken of what it wrote there; empty where that went to a stream
@SuppressWarnings("ArrayRecordComponent") // bytes are what programs write
public record RunResult(Outcome outcome, int exitCode, byte[] stdout, byte[] stderr) {

  /// Why a run ended. With any but the first and the last the exit code is 137, most often.
  public enum Outcome {
    /// Its program ended, by itself or by a signal of somebody else.
    EXITED,
    /// It ran for as long as it was allowed to and was killed.
    TIMED_OUT,
    /// It needed more memory than it may have, and the kernel killed its program.
    OUT_OF_MEMORY,
    /// It wrote more than is taken and was killed.
    TOO_MUCH_OUTPUT,
    /// The thread that waited was interrupted, and it was killed; the thread's flag is still set.
    INTERRUPTED,
    /// It has not ended: somebody asked to detach from it, and it runs on. The exit code is 0.
    DETACHED
  }

  /// Tell whether its program ended by itself and with the exit code 0.
  public boolean succeeded() {
    return outcome == Outcome.EXITED && exitCode == 0;
  }

  /// Return what was written to standard output, in UTF-8.
  public String output() {
    return new String(stdout, StandardCharsets.UTF_8);
  }

  /// Return what was written to standard error, in UTF-8.
  public String errors() {
    return new String(stderr, StandardCharsets.UTF_8);
  }
}
