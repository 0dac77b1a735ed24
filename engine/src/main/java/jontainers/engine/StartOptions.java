package jontainers.engine;

import java.util.Optional;
import jontainers.linux.Terminal;
import jontainers.runtime.Launch;
import jontainers.runtime.StartObserver;

/// What a start has beside the container itself.
///
/// @param streams the container's standard streams, lent until it has started
/// @param callerTerminal the terminal to restore, should this JVM die
/// @param size the size of the container's terminal
/// @param observer who sees each call; makes the start slower
public record StartOptions(
    Launch.Streams streams,
    Optional<Launch.CallerTerminal> callerTerminal,
    Optional<Terminal.Size> size,
    Optional<StartObserver> observer) {

  /// Start with three streams and nothing else.
  public static StartOptions of(Launch.Streams streams) {
    return new StartOptions(streams, Optional.empty(), Optional.empty(), Optional.empty());
  }
}
