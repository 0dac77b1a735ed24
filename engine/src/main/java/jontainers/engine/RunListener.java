package jontainers.engine;

import java.io.IOException;

/// Hears of a one-shot run, on the thread that runs it. A failure ends the container and the run.
public interface RunListener {
  /// Hears nothing.
  RunListener NONE = new RunListener() {};

  /// Its program runs: from now on it can be sent signals, and its terminal read and written.
  default void started(RunningContainer container) throws EngineException, IOException {}

  /// It has ended, and its filesystem is still there to be exported; not told of one that was
  /// detached from.
  default void ended(RunningContainer container, RunResult result)
      throws EngineException, IOException {}
}
