package jontainers.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import jontainers.linux.ExitStatus;
import jontainers.linux.Fd;
import jontainers.linux.SyscallException;
import jontainers.network.NetworkException;
import jontainers.runtime.ContainerProcess;
import jontainers.runtime.StreamCopies;
import org.jspecify.annotations.Nullable;

/// A container that this JVM has started and owns.
///
/// Whoever started it closes it: closing kills what still runs and releases what the container
/// holds on the host. With automatic removal its name is free then, and the address that was asked
/// for; the rest is released and deleted in the background, at the latest when the engine is
/// closed. When this JVM dies instead, the container's guard kills it at once and the next command
/// releases the rest.
///
/// [#signal] and [#requestDetach] are safe for any thread; the rest is confined to the starting
/// thread. [#waitFor] blocks in the kernel: use a platform thread.
public final class RunningContainer implements AutoCloseable {
  private static final int KILLED = 137;

  private final ContainerStore store;
  private final ContainerStore.Claim claim;
  private final ContainerProcess process;
  private final Optional<StreamCopies> copies;
  private final RootFilesystem filesystem;
  private final Connection connection;
  private ContainerState state;
  private @Nullable ExitStatus exit;
  private boolean closed;
  private volatile boolean detachRequested;
  private volatile boolean draining;
  private volatile Runnable whenRequested = () -> {};

  RunningContainer(
      ContainerStore store,
      ContainerStore.Claim claim,
      ContainerState state,
      ContainerProcess process,
      Optional<StreamCopies> copies,
      RootFilesystem filesystem,
      Connection connection) {
    this.store = store;
    this.claim = claim;
    this.state = state;
    this.process = process;
    this.copies = copies;
    this.filesystem = filesystem;
    this.connection = connection;
  }

  public String id() {
    return claim.id();
  }

  /// Return what is known of it.
  public ContainerState state() {
    return state;
  }

  /// Return the master of its terminal; the caller closes it.
  public Optional<Fd> terminal() {
    return process.terminal();
  }

  /// Return what is readable when its first process has ended, lent.
  Fd pidfd() {
    return process.pidfd();
  }

  /// Send a signal to its first process.
  public void signal(int number) throws SyscallException {
    if (draining) {
      copies.ifPresent(StreamCopies::giveUp);
    }
    process.signal(number);
  }

  /// Ask the run of this container ([Engine#run]) to detach from it and to end.
  public void requestDetach() {
    detachRequested = true;
    whenRequested.run();
  }

  boolean isDetachRequested() {
    return detachRequested;
  }

  /// Have something done on the thread that asks.
  void onDetachRequest(Runnable action) {
    whenRequested = action;
  }

  /// Let it run on without this JVM, and be closed; for one with a terminal, whose master is still
  /// open.
  ///
  /// A keeper of a few kilobytes stays: it holds the container's lock and takes what the terminal
  /// shows, which nobody sees. When the container has ended the next command releases what it held,
  /// and removes it or writes down its exit code: the kernel tells that since Linux 6.15, before it
  /// is 255.
  ///
  /// @throws EngineException where no keeper is to be had; the container is still to be closed
  public void detach() throws EngineException {
    var master =
        terminal()
            .filter(Fd::isOpen)
            .orElseThrow(() ->
                new EngineException(
                    EngineException.Category.UNSUPPORTED,
                    "container " + state.shortId() + " has no terminal to detach from",
                    "a container without a terminal has the streams of its caller"));
    try (var record = claim.exitRecord()) {
      process.leave(master, claim.lock().fd(), record);
    } catch (IOException e) {
      throw Failures.of("detach from container " + state.name(), e);
    }
    closed = true;
    connection.leave();
    claim.close();
  }

  /// Wait until it has ended, and until what it wrote is where it belongs.
  ///
  /// @throws EngineException also where some of that was lost: a full disk behind a stream
  public ExitStatus waitFor() throws EngineException {
    if (exit == null) {
      try {
        exit = process.waitFor();
      } catch (SyscallException e) {
        throw Failures.of("wait for container " + state.shortId(), e);
      }
      draining = true;
      var lost = copies.flatMap(StreamCopies::await);
      if (lost.isPresent()) {
        throw Failures.of("copy the streams of container " + state.name(), lost.get());
      }
    }
    return exit;
  }

  /// Wait until it has ended, and tell whether the kernel killed its program because its memory was
  /// used up: it died of SIGKILL, and that happened to one of its processes.
  public boolean endedOutOfMemory() throws EngineException {
    if (waitFor().shellCode() != KILLED) {
      return false;
    }
    try {
      return process.outOfMemoryKills() > 0;
    } catch (IOException e) {
      throw Failures.of("read the memory events of container " + state.shortId(), e);
    }
  }

  /// Write its whole filesystem as a tar; after it has ended and before it is closed.
  public void export(OutputStream out) throws EngineException {
    requireEnded();
    filesystem.export(out);
  }

  /// Write its whole filesystem as a tar into a file, which is replaced when the tar is complete.
  public void exportTo(Path file) throws EngineException {
    requireEnded();
    filesystem.exportTo(
        file, temporary -> claim.ledger().write(new Ledger.Holding.UnfinishedFile(temporary)));
  }

  /// The guard holds the mounts until it is let go.
  private void requireEnded() {
    if (exit == null) {
      throw new IllegalStateException("container " + state.shortId() + " has not ended");
    }
    process.letGo();
  }

  @Override
  public void close() throws EngineException {
    if (closed) {
      return;
    }
    closed = true;
    process.end();
    try {
      if (connection.isChosen()) {
        connection.release();
      }
      if (state.autoRemove()) {
        store.retire(claim, state.name(), this::release);
      } else {
        release();
        state = state.exited(exit == null ? KILLED : exit.shellCode());
        claim.write(state);
        claim.close();
      }
    } catch (IOException e) {
      throw abandoned(Failures.of("clean up container " + state.shortId(), e));
    } catch (NetworkException e) {
      throw abandoned(Failures.of(e));
    }
  }

  /// What the ledger names is left to the next command.
  private EngineException abandoned(EngineException failure) {
    try (claim) {
      process.close();
      connection.release();
    } catch (IOException | NetworkException e) {
      failure.addSuppressed(e);
    }
    return failure;
  }

  private void release() throws IOException, NetworkException {
    process.close();
    connection.release();
    claim.ledger().clear();
  }
}
