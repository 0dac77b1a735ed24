package jontainers.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keep a few things ready that take long to make, each made ahead of need by a thread of its own.
///
/// Nothing is made before a second one was asked for: who needs one thing pays for one. What cannot
/// be made ahead is left to whoever needs it, who then learns why. Safe for any thread.
///
/// @param <K> what kind of thing; those that are ready are of the kind that was asked for last
final class Spares<K, T> implements AutoCloseable {
  private final String name;
  private final int count;
  private final Making<K, T> making;
  private final Disposal<T> disposal;
  private final Deque<T> ready = new ArrayDeque<>();
  private @Nullable K kind;
  private @Nullable Thread thread;
  private int asked;
  private boolean wanted;
  private boolean busy;
  private boolean closed;

  /// Makes one.
  interface Making<K, T> {
    T make(K kind) throws Exception;
  }

  /// Takes one back that nobody needs.
  interface Disposal<T> {
    void dispose(T spare);
  }

  /// Keep at most `count`.
  Spares(String name, int count, Making<K, T> making, Disposal<T> disposal) {
    this.name = name;
    this.count = count;
    this.making = making;
    this.disposal = disposal;
  }

  /// Take one that is ready, or nothing.
  Optional<T> take(K wish) {
    List<T> stale = List.of();
    try {
      synchronized (this) {
        if (!wish.equals(kind)) {
          stale = new ArrayList<>(ready);
          ready.clear();
          kind = wish;
        }
        asked++;
        return Optional.ofNullable(ready.poll());
      }
    } finally {
      stale.forEach(disposal::dispose);
    }
  }

  /// Take back all that is ready, and what is being made, until somebody asks again.
  void clear() {
    List<T> stale;
    boolean interrupted = false;
    synchronized (this) {
      kind = null;
      wanted = false;
      stale = new ArrayList<>(ready);
      ready.clear();
      while (busy) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    stale.forEach(disposal::dispose);
  }

  /// Make more in the background, when somebody has taken one.
  synchronized void refill() {
    if (closed || kind == null || asked < 2) {
      return;
    }
    wanted = true;
    if (thread == null) {
      thread = Thread.ofPlatform().name(name).daemon().start(this::work);
    }
    notifyAll();
  }

  private void work() {
    for (K next = await(); next != null; next = await()) {
      try {
        keep(next, making.make(next));
      } catch (Exception e) {
        stop(); // whoever needs it makes it, and is told
      } finally {
        rest();
      }
    }
  }

  private synchronized @Nullable K await() {
    while (!closed && (!wanted || ready.size() >= count)) {
      try {
        wait();
      } catch (InterruptedException e) {
        return null;
      }
    }
    busy = !closed;
    return closed ? null : kind;
  }

  private synchronized void stop() {
    wanted = false;
  }

  private synchronized void rest() {
    busy = false;
    notifyAll();
  }

  private void keep(K made, T spare) {
    synchronized (this) {
      if (!closed && made.equals(kind) && ready.size() < count) {
        ready.add(spare);
        return;
      }
    }
    disposal.dispose(spare);
  }

  /// Take back all that is ready.
  @Override
  public void close() {
    Thread working;
    synchronized (this) {
      closed = true;
      working = thread;
      notifyAll();
    }
    boolean interrupted = false;
    while (working != null && working.isAlive()) {
      try {
        working.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    List<T> left;
    synchronized (this) {
      left = new ArrayList<>(ready);
      ready.clear();
    }
    left.forEach(disposal::dispose);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
