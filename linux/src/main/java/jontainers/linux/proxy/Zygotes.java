package jontainers.linux.proxy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import jontainers.linux.SyscallException;

/// Own the zygotes of a JVM that starts many processes: proxies that live on and clone an agent for
/// each, which costs a fifth of spawning one.
///
/// The first process of all is spawned: a command that starts only one never pays for a zygote.
/// From the second on there are as many as starts happen at once, up to one for each processor; a
/// start that finds all busy waits for one. One that has ended is replaced.
///
/// Safe for any thread. Closing ends the zygotes, and none of the processes that came from them.
public final class Zygotes implements AutoCloseable {
  private final Semaphore free = new Semaphore(Runtime.getRuntime().availableProcessors());
  private final Deque<Zygote> idle = new ArrayDeque<>();
  private boolean first = true;
  private boolean closed;

  /// Make a set that has no zygote yet.
  public Zygotes() {}

  /// What is done with a zygote.
  interface Use<T> {
    T with(Zygote zygote) throws SyscallException, Zygote.Gone;
  }

  /// Tell whether this is the first process of all.
  synchronized boolean isFirstUse() {
    boolean was = first;
    first = false;
    return was;
  }

  /// Do something with a zygote, or nothing: after [#close], and when the zygote turned out to be
  /// gone.
  <T> Optional<T> use(Use<T> use) throws SyscallException {
    free.acquireUninterruptibly();
    try {
      var zygote = take();
      return zygote.isPresent() ? use(zygote.get(), use) : Optional.empty();
    } finally {
      free.release();
    }
  }

  private <T> Optional<T> use(Zygote zygote, Use<T> use) throws SyscallException {
    boolean lives = false;
    try {
      var result = use.with(zygote);
      lives = true;
      return Optional.of(result);
    } catch (Zygote.Gone e) {
      return Optional.empty();
    } finally {
      if (lives) {
        give(zygote);
      } else {
        zygote.close();
      }
    }
  }

  private Optional<Zygote> take() throws SyscallException {
    synchronized (this) {
      if (closed) {
        return Optional.empty();
      }
      var zygote = idle.poll();
      if (zygote != null) {
        return Optional.of(zygote);
      }
    }
    return Optional.of(Zygote.spawn());
  }

  private void give(Zygote zygote) {
    synchronized (this) {
      if (!closed) {
        idle.push(zygote);
        return;
      }
    }
    zygote.close();
  }

  /// End the zygotes. One that is in use ends when it has done its work.
  @Override
  public void close() {
    Deque<Zygote> ending;
    synchronized (this) {
      closed = true;
      ending = new ArrayDeque<>(idle);
      idle.clear();
    }
    ending.forEach(Zygote::close);
  }
}
