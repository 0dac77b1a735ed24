package jontainers.network;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Remember how to take back what was done, the last deed first. Safe for any thread.
final class Undo {
  private final Deque<Step> steps = new ArrayDeque<>();

  /// One removal; it must succeed where what it removes is gone already.
  interface Step {
    void run() throws NetworkException;
  }

  synchronized void push(Step step) {
    steps.push(step);
  }

  /// Take everything back, all of it even where a step fails; a second time there is nothing to do.
  ///
  /// @throws NetworkException the first failure, the others suppressed
  synchronized void run() throws NetworkException {
    NetworkException failure = null;
    while (!steps.isEmpty()) {
      try {
        steps.pop().run();
      } catch (NetworkException e) {
        failure = first(failure, e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /// Do something that pushes its removals; where it fails, take back what it did so far.
  <T> T attempt(Deed.Work<T> work) throws IOException, NetworkException {
    try {
      return work.run();
    } catch (IOException e) {
      throw after(e);
    } catch (NetworkException e) {
      throw after(e);
    } catch (RuntimeException e) {
      throw after(e);
    }
  }

  private <E extends Exception> E after(E failure) {
    try {
      run();
    } catch (NetworkException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }

  private static NetworkException first(@Nullable NetworkException first, NetworkException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }
}
