package jontainers.engine;

import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import jontainers.image.ImageException;
import jontainers.image.OverlaySnapshots;
import org.jspecify.annotations.Nullable;

/// Delete what was moved to the trash while the engine goes on.
///
/// On one platform thread of its own, started when it is first needed. What cannot be deleted stays
/// in the trash: the next command tries again and tells why it cannot. Safe for any thread.
final class Sweeper implements AutoCloseable {
  private @Nullable ExecutorService thread;

  /// Begin to delete a directory.
  synchronized void sweep(Path trash) {
    if (thread == null) {
      thread =
          Executors.newSingleThreadExecutor(
              Thread.ofPlatform().name("jontainers-sweeper").daemon().factory());
    }
    thread.execute(() -> delete(trash));
  }

  /// Wait until everything is deleted; without a deadline, since a disk has none.
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

  private static void delete(Path trash) {
    try {
      OverlaySnapshots.remove(trash);
    } catch (ImageException e) {
      // it stays in the trash
    }
  }
}
