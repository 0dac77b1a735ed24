package jontainers.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import jontainers.image.NewFile;
import jontainers.network.Bridges;
import jontainers.network.NetworkException;
import jontainers.runtime.CgroupRemoval;

/// Release what containers hold whose owner is gone: killed, or crashed at any point.
///
/// Every command does so before its own work, holding the store. The container's process needs no
/// killing: its guard outlives the owner just for that, and a keeper the container.
final class Reclaimer {
  private final ContainerStore store;
  private final Supplier<Optional<Bridges>> networks;

  Reclaimer(ContainerStore store, Supplier<Optional<Bridges>> networks) {
    this.store = store;
    this.networks = networks;
  }

  /// Release all that has no live owner; the caller holds the store's lock.
  void run() throws IOException, EngineException {
    for (String id : store.ids()) {
      var claim = store.claim(id);
      if (claim.isPresent()) {
        try (var claimed = claim.get()) {
          reclaim(claimed);
        }
      }
    }
    store.emptyTrash();
  }

  private void reclaim(ContainerStore.Claim claim) throws IOException, EngineException {
    var state = claim.state();
    if (state.isPresent() && isKept(state.get().status())) {
      return;
    }
    release(claim);
    if (state.isEmpty() || state.get().autoRemove()) {
      store.delete(claim);
    } else {
      claim.write(state.get().exited(claim.exitCode()));
    }
  }

  private static boolean isKept(ContainerStatus status) {
    return switch (status) {
      case EXITED, UNREADABLE -> true;
      case CREATED, RUNNING -> false;
    };
  }

  /// Release all that a container holds that has no live owner.
  void release(ContainerStore.Claim claim) throws IOException, EngineException {
    for (var holding : claim.ledger().holdings()) {
      switch (holding) {
        case Ledger.Holding.Cgroup cgroup -> releaseCgroup(claim.id(), cgroup.directory());
        case Ledger.Holding.UnfinishedFile unfinished ->
            NewFile.deleteUnfinished(unfinished.file());
        case Ledger.Holding.Endpoint _ -> releaseEndpoint(claim.id());
      }
    }
    claim.ledger().clear();
  }

  /// A container's cgroups have its id for a name, whatever a ledger says.
  private static void releaseCgroup(String id, Path directory) throws IOException {
    if (directory.endsWith(id)) {
      CgroupRemoval.remove(directory);
    }
  }

  private void releaseEndpoint(String id) throws EngineException {
    try {
      var bridges = networks.get();
      if (bridges.isPresent()) {
        bridges.get().release(id);
      }
    } catch (NetworkException e) {
      throw Failures.of(e);
    }
  }
}
