package jontainers.linux;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// Run a short action on a platform thread of its own, which ends with it: so what the action does
/// to its thread, such as entering a namespace, is done to nobody else.
final class ThrowawayThread {
  private ThrowawayThread() {}

  /// What is run.
  @FunctionalInterface
  interface Action<T, E extends Exception> {
    T run() throws E, SyscallException;
  }

  /// Run an action and return what it returns.
  ///
  /// The caller waits, even when interrupted, since the action may own descriptors; the interrupt
  /// is kept for later.
  static <T, E extends Exception> T run(String name, Action<T, E> action)
      throws SyscallException, E {
    var task = new FutureTask<T>(action::run);
    Thread.ofPlatform().name(name).inheritInheritableThreadLocals(false).start(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          switch (e.getCause()) {
            case SyscallException failure -> throw failure;
            case RuntimeException failure -> throw failure;
            case Error failure -> throw failure;
            case null, default -> {
              @SuppressWarnings("unchecked") // by its signature an action throws nothing else
              var failure = (E) e.getCause();
              throw failure;
            }
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
