package jontainers.engine;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import jontainers.network.NetworkException;
import org.jspecify.annotations.Nullable;

/// What a container holds on the host, in the order it was taken; released in reverse, all of it
/// even when a release fails. Confined to one thread.
final class Owned implements AutoCloseable {
  private final Deque<Release> taken = new ArrayDeque<>();

  /// Lets go of one thing.
  interface Release {
    void run() throws IOException, NetworkException;
  }

  /// Remember how to let go of what was just taken.
  void push(Release release) {
    taken.push(release);
  }

  /// Release everything; the first failure is thrown when all was tried, with the others within.
  @Override
  public void close() throws EngineException {
    EngineException first = null;
    while (!taken.isEmpty()) {
      var failure = release(taken.pop());
      if (first == null) {
        first = failure;
      } else if (failure != null) {
        first.addSuppressed(failure);
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private static @Nullable EngineException release(Release release) {
    try {
      release.run();
      return null;
    } catch (NetworkException e) {
      return Failures.of(e);
    } catch (IOException e) {
      return Failures.of("clean up", e);
    }
  }
}
