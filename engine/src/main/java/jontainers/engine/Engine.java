package jontainers.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import jontainers.image.Image;
import jontainers.image.ImageStore;
import jontainers.image.name.Reference;
import jontainers.image.name.RegistryConfig;
import jontainers.linux.Pidfd;
import jontainers.linux.PrivateDirectory;
import jontainers.linux.SyscallException;
import jontainers.linux.ThisProcess;
import jontainers.linux.UntrustedDirectoryException;
import jontainers.network.Cidr;
import jontainers.runtime.CgroupRemoval;
import jontainers.runtime.step.Step;

/// Run containers: the whole engine, in this JVM and without a daemon.
///
/// ```java
/// try (var engine = Engine.open(Path.of("/var/lib/jontainers"))) {
///   var result = engine.run(ContainerSpec.of(RootImage.host(), "echo", "hello").autoRemove().build());
///   System.out.print(result.output());
/// }
/// ```
///
/// Needs root, if only that of a user namespace: `jontainers unshare java …` gives one to those who
/// are not root. Safe for any thread; several processes may open the same directory. Starting and
/// waiting block in the kernel: use platform threads.
public final class Engine implements AutoCloseable {
  /// Where the state is unless told otherwise.
  public static final Path DEFAULT_ROOT = Path.of("/var/lib/jontainers");

  private static final int SIGKILL = 9;

  private final Workshop workshop;
  private final ContainerStore store;
  private final DefaultNetwork network;
  private final Reclaimer reclaimer;

  private Engine(Workshop workshop) {
    this.workshop = workshop;
    this.store = workshop.store();
    this.network = workshop.network();
    this.reclaimer = new Reclaimer(store, network);
  }

  /// Open an engine on a state directory, made where it is missing, and release what containers
  /// hold whose owner is gone.
  ///
  /// @throws EngineException FORBIDDEN without root
  public static Engine open(Path root) throws EngineException {
    return open(root, RegistryConfig.EMPTY);
  }

  /// Open an engine as [#open(Path)] does, with a default registry for names of images.
  ///
  /// @throws EngineException FORBIDDEN without root
  public static Engine open(Path root, RegistryConfig naming) throws EngineException {
    if (ThisProcess.euid() != 0) {
      throw new EngineException(
          EngineException.Category.FORBIDDEN,
          "containers need root",
          "run it with sudo, or without in a user namespace: jontainers unshare COMMAND");
    }
    var absolute = root.toAbsolutePath().normalize();
    try {
      var engine = new Engine(new Workshop(PrivateDirectory.make(absolute), naming));
      engine.reclaim();
      return engine;
    } catch (UntrustedDirectoryException e) {
      throw new EngineException(
          EngineException.Category.FORBIDDEN,
          "the state directory " + absolute + " is not safe: " + e.getMessage(),
          e.hint(),
          e);
    } catch (IOException e) {
      throw Failures.of("open the state directory " + absolute, e);
    }
  }

  /// Return the images of this engine.
  public ImageStore images() throws EngineException {
    return workshop.images();
  }

  /// Remove an image, or one of its names.
  ///
  /// @param nameOrId with an id, all names of the image go
  /// @param force even where the image has several names or a container that has ended needs it
  /// @throws EngineException CONFLICT where it is in use
  public ImageRemoval.Outcome removeImage(String nameOrId, boolean force) throws EngineException {
    return new ImageRemoval(images(), containers()).remove(nameOrId, force);
  }

  /// Remove images that no container is made of.
  ///
  /// @param all and not only those without a name
  /// @param filter says which of them
  public ImageRemoval.Outcome pruneImages(boolean all, Predicate<Image> filter)
      throws EngineException {
    return new ImageRemoval(images(), containers()).prune(all, filter);
  }

  /// Write the whole filesystem of a container as a tar, without what is mounted in it.
  public void export(String nameOrId, OutputStream out) throws EngineException {
    new ContainerFiles(workshop, nameOrId).export(out);
  }

  /// Write the whole filesystem of a container as a tar into a file, which is replaced when the tar
  /// is complete.
  public void exportTo(String nameOrId, Path file) throws EngineException {
    new ContainerFiles(workshop, nameOrId).exportTo(file);
  }

  /// Make an image of what a container has changed; of one that was made of no image of the store,
  /// of all its files.
  ///
  /// @param name what the image is to be called; absent for nothing
  public Image commit(String nameOrId, CommitOptions options, Optional<Reference> name)
      throws EngineException {
    return new ContainerFiles(workshop, nameOrId).commit(options, name);
  }

  /// Start a container; its process runs when this returns.
  ///
  /// @throws EngineException for anything that is wrong; nothing is left then
  public RunningContainer start(ContainerSpec spec, StartOptions options) throws EngineException {
    var base = Base.of(spec.image(), this::images);
    var merged = ImageDefaults.merge(spec, base.config());
    SpecChecks.require(merged.spec());
    return new ContainerStart(workshop, base, merged, options).run();
  }

  /// Decide how a container would be made, without an engine, without root, and touching nothing.
  ///
  /// @param root the state directory it would have
  /// @return each step, with its system calls
  public static List<Step> plan(Path root, ContainerSpec spec) throws EngineException {
    return DryRun.steps(root.toAbsolutePath().normalize(), spec);
  }

  /// Run a container to its end with nothing to read, and return what it wrote.
  public RunResult run(ContainerSpec spec) throws EngineException {
    return run(spec, RunOptions.standard());
  }

  /// Run a container to its end, with something to read, to be written elsewhere, attached to the
  /// caller's own descriptors, or within limits of time and of output.
  ///
  /// Blocks until the container has ended. Interrupting the thread ends the container, too.
  ///
  /// @throws EngineException when the container could not be started, or a stream failed
  public RunResult run(ContainerSpec spec, RunOptions options) throws EngineException {
    if (spec.terminal() && options.streams() instanceof RunStreams.Copied) {
      throw new EngineException(
          EngineException.Category.INVALID,
          "a one-shot run whose streams are copied has no terminal",
          "attach it, and read and write RunningContainer.terminal() when it has started");
    }
    return new OneShotRun(this, spec, options).run();
  }

  /// Prepare the host: the bridge with its address, forwarding, the packet filter. Repeatable.
  ///
  /// @param subnet of the bridge; absent for the one it has, or the default
  /// @return a sentence for each thing that was made or was already there
  public List<String> prepareNetwork(Optional<Cidr> subnet) throws EngineException {
    return prepareNetwork(subnet, OptionalInt.empty());
  }

  /// Prepare the network for packets of some length.
  ///
  /// @param mtu the longest packet in bytes; absent for that of the host's default route
  /// @see #prepareNetwork(Optional)
  public List<String> prepareNetwork(Optional<Cidr> subnet, OptionalInt mtu)
      throws EngineException {
    try (var _ = store.lock()) {
      return network.prepare(subnet, mtu);
    } catch (IOException e) {
      throw Failures.of("prepare the network", e);
    }
  }

  /// Take away what [#prepareNetwork] made.
  ///
  /// @param running what to do about containers that run
  /// @return a sentence for each thing that was taken away
  public List<String> releaseNetwork(WhileRunning running) throws EngineException {
    try {
      var said = new ArrayList<String>();
      var active = containers().stream().filter(c -> c.status() != ContainerStatus.EXITED).toList();
      if (!active.isEmpty() && running == WhileRunning.REFUSE) {
        requireReadable(active);
        throw new EngineException(
            EngineException.Category.CONFLICT,
            active.size() == 1
                ? "container " + active.getFirst().name() + " is running"
                : active.size() + " containers are running",
            "stop --force ends them");
      }
      for (var container : active) {
        if (isOwned(container)) {
          kill(container);
          said.add("ended container " + container.name());
        }
      }
      reclaim();
      requireReadable(containers());
      workshop.clear();
      try (var _ = store.lock()) {
        for (String id : store.ids()) {
          if (store.state(id).isEmpty()) { // kept ready by an engine that may be another process's
            network.release(id);
          }
        }
        said.addAll(network.release());
        // another engine's containers may be in there: then they stay
        workshop
            .host()
            .cgroups()
            .forEach(hierarchy -> CgroupRemoval.removeEmpty(hierarchy.top().resolve("jontainers")));
      }
      return List.copyOf(said);
    } catch (IOException e) {
      throw Failures.of("release the network", e);
    }
  }

  /// What to do about containers that run.
  public enum WhileRunning {
    /// Leave everything as it is.
    REFUSE,
    /// Kill them first.
    KILL
  }

  /// Return all containers, the latest first.
  public List<ContainerState> containers() throws EngineException {
    try {
      var states = new ArrayList<ContainerState>();
      for (String id : store.ids()) {
        store.state(id).ifPresent(states::add);
      }
      states.sort(Comparator.comparingLong(ContainerState::created).reversed());
      return List.copyOf(states);
    } catch (IOException e) {
      throw Failures.of("list containers", e);
    }
  }

  /// Return how many bytes the files have that a container has changed or made.
  ///
  /// @param id of a container of [#containers]
  public long usage(String id) throws EngineException {
    return RootFilesystem.usage(store.directory(id));
  }

  /// Tell why the record of a container cannot be read; empty unless it is UNREADABLE.
  ///
  /// @param id of a container of [#containers]
  public Optional<String> damage(String id) throws EngineException {
    try {
      return store.damage(id);
    } catch (IOException e) {
      throw Failures.of("look at container " + id, e);
    }
  }

  private void requireReadable(List<ContainerState> containers)
      throws IOException, EngineException {
    for (var container : containers) {
      requireReadable(store, container);
    }
  }

  /// Refuse what would need to know a container whose record cannot be read.
  static void requireReadable(ContainerStore store, ContainerState container)
      throws IOException, EngineException {
    if (container.status() == ContainerStatus.UNREADABLE) {
      throw new EngineException(
          EngineException.Category.CONFLICT,
          "container "
              + container.name()
              + " may be in use: "
              + store.damage(container.id()).orElse("its record could not be read"),
          "mend the file, or remove the container with its files: jontainers rm --force "
              + container.shortId());
    }
  }

  /// Find a container by its name, its id, or the beginning of its id.
  public Optional<ContainerState> find(String nameOrId) throws EngineException {
    try {
      return store.state(store.find(nameOrId));
    } catch (EngineException e) {
      if (e.category() == EngineException.Category.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    } catch (IOException e) {
      throw Failures.of("find container " + nameOrId, e);
    }
  }

  /// Remove a container that has ended.
  ///
  /// @param nameOrId its name, its id, or the beginning of its id
  /// @param running what to do when it runs
  /// @return its id
  public String remove(String nameOrId, WhileRunning running) throws EngineException {
    try {
      String id = store.find(nameOrId);
      var state = store.state(id);
      if (state.isPresent() && state.get().status() != ContainerStatus.EXITED) {
        if (running == WhileRunning.REFUSE) {
          requireReadable(store, state.get());
          throw new EngineException(
              EngineException.Category.CONFLICT,
              "cannot remove container \"" + nameOrId + "\": container is running",
              "rm --force kills it first");
        }
        if (isOwned(state.get())) {
          kill(state.get());
        }
        reclaim();
      }
      try (var _ = store.lock()) {
        var claim = store.claim(id);
        if (claim.isPresent()) {
          try (var claimed = claim.get()) {
            reclaimer.release(claimed); // of one whose record cannot be read
            store.delete(claimed);
          }
        }
      }
      return id;
    } catch (IOException e) {
      throw Failures.of("remove container " + nameOrId, e);
    }
  }

  /// Let go of the state directory, when what was deleted is gone; containers that still run are
  /// not waited for.
  @Override
  public void close() throws EngineException {
    workshop.close();
  }

  private void reclaim() throws EngineException {
    try (var _ = store.lock()) {
      reclaimer.run();
    } catch (IOException e) {
      throw Failures.of("release what ended containers hold", e);
    }
  }

  /// Tell whether somebody would notice its end. What a record that nobody can read says of its
  /// process is true as long as it has an owner.
  private boolean isOwned(ContainerState container) throws IOException {
    if (container.status() != ContainerStatus.UNREADABLE) {
      return true;
    }
    var claim = store.claim(container.id());
    claim.ifPresent(ContainerStore.Claim::close);
    return claim.isEmpty();
  }

  /// Kill the first process; its owner then cleans up and lets go of the container.
  private void kill(ContainerState container) throws IOException {
    if (container.pid() > 0) {
      try (var process = Pidfd.open(container.pid())) {
        process.sendSignal(SIGKILL);
      } catch (SyscallException e) {
        // it has ended meanwhile
      }
    }
    store.awaitRelease(container.id());
  }
}
