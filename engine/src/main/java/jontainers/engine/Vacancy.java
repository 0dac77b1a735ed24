package jontainers.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.Set;
import jontainers.image.OverlayOption;
import jontainers.linux.NetworkNamespace;
import jontainers.network.NetworkException;
import jontainers.runtime.Host;

/// A container that has an id, a directory and a root filesystem, perhaps a network, and nothing
/// else yet.
///
/// On disk it is a container without a state: nobody sees it, and when its owner is killed the next
/// command releases what its ledger names and deletes it.
///
/// @param connection is there when it was made ahead of need
record Vacancy(
    ContainerStore.Claim claim, RootFilesystem filesystem, Optional<Connection> connection) {

  /// What a vacancy was made for: it is of use as long as the image's root is the same.
  record Kind(Base base, Set<OverlayOption> options, NetworkMode network, FileTime changed) {
    static Kind of(ContainerSpec spec, Base base, Host host) throws IOException {
      boolean there = !base.lower().isEmpty() && Files.isDirectory(base.lower().getFirst());
      return new Kind(
          base,
          RootFilesystem.options(spec, host),
          spec.network().mode(),
          there
              ? (FileTime) Files.getAttribute(base.lower().getFirst(), "unix:ctime")
              : FileTime.fromMillis(0));
    }
  }

  /// Make the directory and the root filesystem.
  ///
  /// @param stateRoot the engine's own files, which no container sees
  static Vacancy make(ContainerStore store, Kind kind, Path stateRoot)
      throws IOException, EngineException {
    var claim = store.create(ContainerStore.newId());
    try {
      return new Vacancy(
          claim,
          RootFilesystem.create(claim.directory(), kind.base(), kind.options(), stateRoot),
          Optional.empty());
    } catch (IOException | EngineException | RuntimeException e) {
      store.discard(claim);
      throw e;
    }
  }

  /// Connect it to a network that is there.
  Vacancy connected(ContainerStore store, NetworkMode mode, DefaultNetwork network)
      throws IOException, EngineException {
    try {
      var made =
          Connection.make(
              NetworkSettings.of(mode),
              claim.id(),
              claim.ledger(),
              network,
              NetworkNamespace::create,
              () -> {});
      return new Vacancy(claim, filesystem, Optional.of(made));
    } catch (IOException | EngineException | RuntimeException e) {
      store.discard(claim);
      throw e;
    }
  }

  /// Free its address, and let go of the rest in the background.
  void discard(ContainerStore store) {
    try {
      if (connection.isPresent()) {
        connection.get().release();
      }
      store.discard(claim);
    } catch (NetworkException e) {
      claim.close(); // what its ledger names is left to the next command
    }
  }
}
