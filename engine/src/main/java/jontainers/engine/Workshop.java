package jontainers.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.layer.Privilege;
import jontainers.image.name.RegistryConfig;
import jontainers.linux.proxy.Zygotes;
import jontainers.oci.Digest;
import jontainers.runtime.Host;
import org.jspecify.annotations.Nullable;

/// What the starts of one engine share: its state, the facts of the machine, and what is kept ready
/// for the next start. Safe for any thread.
///
/// Nothing is made ahead of the first start, so a command that starts one container pays for one
/// ([decision 11](../../../../../../docs/decisions/0011-the-second-start-is-faster.md)).
final class Workshop implements AutoCloseable {
  /// How many of each kind are kept ready.
  private static final int SPARES = Math.min(4, Runtime.getRuntime().availableProcessors());

  private final Path root;
  private final RegistryConfig naming;
  private final Host host;
  private final long openFiles;
  private final List<String> maskedPaths;
  private final ContainerStore store;
  private final DefaultNetwork network;
  private final Zygotes zygotes = new Zygotes();
  private final Spares<Vacancy.Kind, Vacancy> vacancies;
  private @Nullable ImageStore images;

  /// Open a state directory.
  Workshop(Path root, RegistryConfig naming) throws IOException {
    this.root = root;
    this.naming = naming;
    this.host = Host.probe();
    this.openFiles = OpenFiles.hardLimit();
    this.maskedPaths = DockerDefaults.maskedPaths();
    this.store = ContainerStore.open(root);
    this.network = new DefaultNetwork(root);
    this.vacancies =
        new Spares<>(
            "jontainers-vacancies",
            SPARES,
            kind -> Vacancy.make(store, kind, root).connected(store, kind.network(), network),
            vacancy -> vacancy.discard(store));
  }

  Path root() {
    return root;
  }

  Host host() {
    return host;
  }

  /// Return the hard limit of this process's open files.
  long openFiles() {
    return openFiles;
  }

  /// Return the paths that containers do not see.
  List<String> maskedPaths() {
    return maskedPaths;
  }

  ContainerStore store() {
    return store;
  }

  DefaultNetwork network() {
    return network;
  }

  /// Return the images, opened by the first who asks.
  synchronized ImageStore images() throws EngineException {
    if (images == null) {
      try {
        images =
            ImageStore.open(root.resolve("images"), privilege(), this::layersInUse).naming(naming);
      } catch (ImageException e) {
        throw Failures.of(e);
      }
    }
    return images;
  }

  /// Return what this process may do to files.
  Privilege privilege() {
    return host.users().nested() ? Privilege.ROOTLESS : Privilege.ROOT;
  }

  /// A container whose record cannot be read may be made of any layer.
  private Set<Digest> layersInUse(Set<Digest> unpacked) throws ImageException {
    try {
      var layers = new HashSet<Digest>();
      for (String id : store.ids()) {
        var state = store.state(id);
        if (state.isPresent() && state.get().status() == ContainerStatus.UNREADABLE) {
          return unpacked;
        }
        if (state.isPresent()) {
          layers.addAll(state.get().diffIds());
        }
      }
      return layers;
    } catch (IOException e) {
      throw new ImageException("cannot read which layers containers need", "", e);
    }
  }

  Zygotes zygotes() {
    return zygotes;
  }

  /// Make a container's directory, or take one that is ready.
  Vacancy vacancy(ContainerSpec spec, Base base) throws IOException, EngineException {
    var kind = Vacancy.Kind.of(spec, base, host);
    if (spec.network().chooses()) {
      vacancies.clear(); // one of them may have the address, or one that has just ended
      store.settle();
      return Vacancy.make(store, kind, root);
    }
    if (spec.userMapping().isPresent()) {
      return Vacancy.make(store, kind, root); // its network is to belong to its own root
    }
    var ready = vacancies.take(kind);
    if (ready.isPresent() && ready.get().connection().filter(Connection::isThere).isPresent()) {
      return ready.get();
    }
    ready.ifPresent(lost -> lost.discard(store));
    return Vacancy.make(store, kind, root);
  }

  /// Get ready for the next start, when one has succeeded.
  void refill() {
    vacancies.refill();
  }

  /// Take back what is ready.
  void clear() {
    vacancies.clear();
  }

  /// Take back what is ready, and wait until what was deleted is gone.
  @Override
  public void close() throws EngineException {
    try (network;
        store;
        vacancies) {
      zygotes.close();
    }
  }
}
