package jontainers.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jontainers.linux.NetworkNamespace;
import jontainers.linux.SyscallException;
import jontainers.linux.proxy.Zygotes;
import jontainers.runtime.Host;

/// What the starts of one engine share: its state, the facts of the machine, and what is kept ready
/// for the next start. Safe for any thread.
///
/// Nothing is made ahead of the first start, so a command that starts one container pays for one
/// ([decision 11](../../../../../../docs/decisions/0011-the-second-start-is-faster.md)).
final class Workshop implements AutoCloseable {
  /// How many of each kind are kept ready.
  private static final int SPARES = Math.min(4, Runtime.getRuntime().availableProcessors());

  private final Path root;
  private final Host host;
  private final long openFiles;
  private final List<String> maskedPaths;
  private final ContainerStore store;
  private final DefaultNetwork network;
  private final Zygotes zygotes = new Zygotes();
  private final Spares<String, NetworkNamespace> namespaces;
  private final Spares<Vacancy.Kind, Vacancy> vacancies;

  /// Open a state directory.
  Workshop(Path root) throws IOException {
    this.root = root;
    this.host = Host.probe();
    this.openFiles = OpenFiles.hardLimit();
    this.maskedPaths = DockerDefaults.maskedPaths();
    this.store = ContainerStore.open(root);
    this.network = new DefaultNetwork(root);
    this.namespaces =
        new Spares<>(
            "jontainers-netns", SPARES, _ -> NetworkNamespace.create(), NetworkNamespace::close);
    this.vacancies =
        new Spares<>(
            "jontainers-vacancies",
            SPARES,
            kind -> Vacancy.make(store, kind, root),
            vacancy -> store.discard(vacancy.claim()));
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

  Zygotes zygotes() {
    return zygotes;
  }

  /// Make a container's directory, or take one that is ready.
  Vacancy vacancy(ContainerSpec spec) throws IOException, EngineException {
    var kind = Vacancy.Kind.of(spec, host);
    var ready = vacancies.take(kind);
    return ready.isPresent() ? ready.get() : Vacancy.make(store, kind, root);
  }

  /// Make a network namespace with nothing up, or take one that is ready; the caller closes it.
  NetworkNamespace namespace() throws SyscallException {
    var ready = namespaces.take("");
    return ready.isPresent() ? ready.get() : NetworkNamespace.create();
  }

  /// Get ready for the next start, when one has succeeded.
  void refill() {
    namespaces.refill();
    vacancies.refill();
  }

  /// Take back what is ready, and wait until what was deleted is gone.
  @Override
  public void close() throws EngineException {
    try (store;
        zygotes;
        vacancies;
        namespaces) {
      network.close();
    }
  }
}
