package jontainers.engine;

import java.util.ArrayDeque;
import java.util.Deque;

/// What a container holds, in the order it was taken; released in reverse, all of it even when a
/// release fails. Confined to one thread.
final class Owned implements AutoCloseable {
  private final Deque<AutoCloseable> taken = new ArrayDeque<>();

  /// Remember what was taken, and return it.
  <T extends AutoCloseable> T take(T resource) {
    taken.push(resource);
    return resource;
  }

  @Override
  public void close() throws Exception {
    Exception first = null;
    while (!taken.isEmpty()) {
      try {
        taken.pop().close();
      } catch (Exception e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
