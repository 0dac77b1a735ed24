package jontainers.engine;

import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import jontainers.image.ImageException;
import jontainers.network.NetworkException;
import org.jspecify.annotations.Nullable;

/// Release and delete what is of no use any more while the engine goes on.
///
/// On one platform thread of its own, started when it is first needed. What cannot be released
/// stays on the disk: the next command tries again and tells why it cannot. Safe for any thread.
final class Sweeper implements AutoCloseable {
  /// How far it may be behind; whoever brings more work than that does it himself.
  private static final int BEHIND = 64;

  private @Nullable ExecutorService thread;

  /// One piece of work.
  interface Work {
    void run() throws IOException, ImageException, NetworkException;
  }

  /// Begin with a piece of work, behind those that were begun before.
  void sweep(Work work) {
    thread().execute(() -> perform(work));
  }

  /// Wait until what was begun before is done.
  void settle() {
    ExecutorService sweeping;
    synchronized (this) {
      sweeping = thread;
    }
    if (sweeping != null) {
      CompletableFuture.runAsync(() -> {}, sweeping).join();
    }
  }

  private synchronized ExecutorService thread() {
    if (thread == null) {
      thread =
          new ThreadPoolExecutor(
              1,
              1,
              0,
              TimeUnit.SECONDS,
              new ArrayBlockingQueue<>(BEHIND),
              Thread.ofPlatform().name("jontainers-sweeper").daemon().factory(),
              (late, _) -> late.run());
    }
    return thread;
  }

  /// Wait until everything is done; without a deadline, since a disk has none.
  @Override
  public void close() {
    ExecutorService sweeping;
    synchronized (this) {
      sweeping = thread;
    }
    if (sweeping == null) {
      return;
    }
    sweeping.shutdown();
    boolean interrupted = false;
    while (!sweeping.isTerminated()) {
      try {
        sweeping.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void perform(Work work) {
    try {
      work.run();
    } catch (IOException | ImageException | NetworkException e) {
      // it stays on the disk
    }
  }
}
