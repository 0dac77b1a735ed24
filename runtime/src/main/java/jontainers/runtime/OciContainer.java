package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import jontainers.linux.Errno;
import jontainers.linux.FileLock;
import jontainers.linux.PacketSocket;
import jontainers.linux.Pidfd;
import jontainers.linux.SyscallException;
import jontainers.linux.proxy.LastReply;
import jontainers.oci.Hooks;
import jontainers.oci.Resources;
import jontainers.oci.Spec;
import jontainers.oci.State;
import jontainers.runtime.step.NamespaceKind;

/// A container that was made by `create`, in whatever process: the operations of runtime.md.
///
/// A value: what is known of the container was read when it was found. Each operation that changes
/// it holds its lock, so that two of them follow each other. Blocking: use a platform thread.
public final class OciContainer {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int SIGKILL = 9;
  private static final int LONGEST_REPLY = 256 * 1024;

  private final Path directory;
  private final ContainerRecord record;
  private final Map<String, String> environment;

  OciContainer(Path directory, ContainerRecord record, Map<String, String> environment) {
    this.directory = directory;
    this.record = record;
    this.environment = environment;
  }

  /// Make a container that waits to be started.
  ///
  /// @throws OciException where it is refused
  /// @throws StartException where it cannot be made; nothing of it is left then
  public static CreatedContainer create(OciContainers containers, CreateRequest request, Host host)
      throws IOException {
    if (request.driver() == CgroupDriver.FILES) {
      return new ContainerCreation(containers, request, host, Optional.empty()).create();
    }
    try (var unit = ContainerUnit.prepare(containers.environment(), request)) {
      return new ContainerCreation(containers, request, host, Optional.of(unit)).create();
    }
  }

  /// Return what was remembered of it.
  public ContainerRecord record() {
    return record;
  }

  /// Read the configuration that it was made of.
  public Spec spec() throws IOException {
    return Spec.parse(Files.readAllBytes(directory.resolve("config.json")));
  }

  /// Look where it is in its life.
  public ContainerStatus status() throws IOException {
    if (record.pid() == 0) {
      var lock = FileLock.tryAcquire(directory.resolve("lock"));
      lock.ifPresent(FileLock::close);
      return lock.isPresent() ? ContainerStatus.STOPPED : ContainerStatus.CREATING;
    }
    if (!isAlive()) {
      return ContainerStatus.STOPPED;
    }
    if (Files.exists(directory.resolve("start.sock")) && ProcessFacts.isProxy(record.pid())) {
      return ContainerStatus.CREATED;
    }
    var freezer = Freezer.of(record.cgroups());
    return freezer.isPresent() && freezer.get().isFrozen()
        ? ContainerStatus.PAUSED
        : ContainerStatus.RUNNING;
  }

  /// Return its state as `state` prints it.
  public State state() throws IOException {
    return record.state(status());
  }

  /// Start its program: `start` of runtime.md.
  ///
  /// @param warnings where failures are told that do not keep it from running
  /// @throws OciException where it is not waiting
  /// @throws StartException where the program cannot be executed, or a hook fails
  public void start(Consumer<String> warnings) throws IOException {
    try (var _ = lock()) {
      switch (status()) {
        case CREATED -> {
          // as it should be
        }
        case STOPPED -> throw new OciException("cannot start a container that has stopped");
        case RUNNING, PAUSED -> throw new OciException("cannot start an already running container");
        case CREATING -> throw new OciException("cannot start a container that is being created");
      }
      var spec = spec();
      var hooks = spec.hooks() == null ? Hooks.NONE : spec.hooks();
      try (var pidfd = Pidfd.open(record.pid())) {
        startHooks(spec, hooks, pidfd, warnings);
        connect();
        Files.deleteIfExists(directory.resolve("start.sock"));
        postStart(hooks, pidfd, warnings);
      }
    }
  }

  private void startHooks(Spec spec, Hooks hooks, Pidfd pidfd, Consumer<String> warnings)
      throws IOException {
    if (hooks.startContainer().isEmpty()) {
      return;
    }
    try {
      new HookRunner(new HookRunner.Place.AsProgram(this, spec, Host.probe()))
          .run(
              "startContainer",
              hooks.startContainer(),
              record.state(ContainerStatus.CREATED).toJson());
    } catch (StartException e) {
      stop(pidfd, e, warnings);
      throw e;
    }
  }

  private void postStart(Hooks hooks, Pidfd pidfd, Consumer<String> warnings) throws IOException {
    if (hooks.poststart().isEmpty()) {
      return;
    }
    try {
      new HookRunner(outside())
          .run("poststart", hooks.poststart(), record.state(ContainerStatus.RUNNING).toJson());
    } catch (StartException e) {
      stop(pidfd, e, warnings);
      throw e;
    }
  }

  /// Stop a container whose hook has failed, and go on as with `delete`: runtime.md, "Lifecycle",
  /// steps 8 and 10.
  private void stop(Pidfd pidfd, StartException failure, Consumer<String> warnings) {
    try {
      kill(pidfd);
      destroy(warnings);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private HookRunner.Place outside() {
    return new HookRunner.Place.OfRuntime(environment, record.bundle());
  }

  /// The end of the conversation says that execve(2) succeeded.
  private void connect() throws IOException {
    try (var connection = PacketSocket.connect(directory.resolve("start.sock"))) {
      var failed = LastReply.of(connection.receive(LONGEST_REPLY).bytes());
      if (failed.isPresent()) {
        throw notExecuted(failed.get());
      }
    } catch (SyscallException e) {
      if (e.errno() == Errno.ECONNREFUSED || e.errno() == Errno.ENOENT) {
        throw new OciException("cannot start a container that has stopped", e);
      }
      throw e;
    }
  }

  private StartException notExecuted(SyscallException why) throws IOException {
    if (!why.call().equals("execve")) {
      return FailureHints.explain(why);
    }
    var words = spec().process() == null ? List.of("") : spec().process().args();
    return new ProgramDiagnosis(
            words.getFirst(),
            List.of(new ProgramDiagnosis.Attempt(words.getFirst(), why.errno())),
            record.pid())
        .explain(why);
  }

  /// Send a signal to its first process: `kill` of runtime.md.
  ///
  /// @throws OciException where none runs
  public void kill(int signal) throws IOException {
    var status = status();
    boolean ownPids = ContainerCreation.ownNamespaces(spec()).contains(NamespaceKind.PID);
    boolean leavesOthers = status == ContainerStatus.STOPPED && !ownPids;
    if (leavesOthers && signal == SIGKILL && !processes().isEmpty()) {
      killAll(signal);
      return;
    }
    if (status == ContainerStatus.STOPPED || status == ContainerStatus.CREATING) {
      throw new OciException("container not running");
    }
    try (var pidfd = Pidfd.open(record.pid())) {
      pidfd.sendSignal(signal);
      if (signal == SIGKILL) {
        thaw();
        if (!ownPids) {
          killAll(signal); // nobody else ends those that the first process leaves behind
        }
      }
    } catch (SyscallException e) {
      throw e.errno() == Errno.ESRCH ? new OciException("container not running", e) : e;
    }
  }

  /// Send a signal to all its processes; one that has ended meanwhile is no error.
  public void killAll(int signal) throws IOException {
    for (int pid : processes()) {
      try (var pidfd = Pidfd.open(pid)) {
        pidfd.sendSignal(signal);
      } catch (SyscallException e) {
        if (e.errno() != Errno.ESRCH) {
          throw e;
        }
      }
    }
    if (signal == SIGKILL) {
      thaw();
    }
  }

  /// List its processes by their numbers outside.
  public List<Integer> processes() throws IOException {
    return CgroupProcesses.of(record.cgroups());
  }

  /// How far a deletion goes.
  public enum Deletion {
    /// Only what has ended, or never began.
    OF_STOPPED,
    /// What runs is killed.
    OF_ANY
  }

  /// Delete it, with all that it holds on the host: `delete` of runtime.md.
  ///
  /// @param warnings where the failures of hooks are told
  /// @throws OciException where it runs and may not be killed
  public void delete(Deletion deletion, Consumer<String> warnings) throws IOException {
    try (var _ = lock()) {
      var status = record.pid() == 0 ? ContainerStatus.STOPPED : status();
      if (deletion == Deletion.OF_STOPPED
          && status != ContainerStatus.STOPPED
          && status != ContainerStatus.CREATED) {
        throw new OciException(
            "cannot delete container " + record.id() + " that is not stopped: " + status.ociName());
      }
      if (status != ContainerStatus.STOPPED) {
        try (var pidfd = Pidfd.open(record.pid())) {
          kill(pidfd);
        } catch (SyscallException e) {
          if (e.errno() != Errno.ESRCH) {
            throw e;
          }
        }
      }
      destroy(warnings);
    }
  }

  /// Undo what `create` has done, and run the poststop hooks; the lock is held.
  private void destroy(Consumer<String> warnings) throws IOException {
    thaw();
    ContainerUnit.release(record, environment, warnings);
    postStop(warnings);
    removeDirectory(directory);
  }

  private void postStop(Consumer<String> warnings) {
    try {
      var hooks = spec().hooks();
      if (hooks != null) {
        for (var hook : hooks.poststop()) { // each runs, whatever became of the one before
          try {
            new HookRunner(outside())
                .run("poststop", List.of(hook), record.state(ContainerStatus.STOPPED).toJson());
          } catch (StartException e) {
            warnings.accept(String.valueOf(e.getMessage()));
          }
        }
      }
    } catch (IOException | jontainers.oci.OciFormatException e) {
      warnings.accept("no configuration is left of " + record.id() + ": " + e.getMessage());
    }
  }

  /// Stop all its processes until [#resume].
  public void pause() throws IOException {
    try (var _ = lock()) {
      var status = status();
      if (status != ContainerStatus.RUNNING && status != ContainerStatus.CREATED) {
        throw new OciException("container not running: " + status.ociName());
      }
      freezer().freeze();
    }
  }

  /// Let its processes go on.
  public void resume() throws IOException {
    try (var _ = lock()) {
      if (!freezer().isFrozen()) {
        throw new OciException("container not paused");
      }
      freezer().thaw();
    }
  }

  private Freezer freezer() throws OciException {
    return Freezer.of(record.cgroups())
        .orElseThrow(
            () -> new OciException("cannot pause: the container has no cgroup with a freezer"));
  }

  private void thaw() throws IOException {
    var freezer = Freezer.of(record.cgroups());
    if (freezer.isPresent() && freezer.get().isFrozen()) {
      freezer.get().thaw();
    }
  }

  /// Change its limits; those that are not named stay as they are.
  public void update(Resources changes, Host host) throws IOException {
    var resources = CgroupUpdate.withSwap(changes, host);
    try (var _ = lock()) {
      if (status() == ContainerStatus.STOPPED) {
        throw new OciException("container not running");
      }
      var update = CgroupUpdate.of(record.cgroups(), host);
      if (record.unit() != null) {
        ContainerUnit.update(record.unit(), environment, resources, host);
      }
      update.write(resources);
    }
  }

  /// Read what its cgroups count.
  public ContainerStats stats() throws IOException {
    return ContainerStats.read(record.cgroups());
  }

  /// Hear when memory is short; empty where nobody counts it.
  public Optional<MemoryWatch> watchMemory() throws IOException {
    return MemoryWatch.open(record.cgroups());
  }

  /// Open its first process; empty where it has ended.
  public Optional<Pidfd> process() throws IOException {
    if (record.pid() == 0 || !isAlive()) {
      return Optional.empty();
    }
    return Optional.of(Pidfd.open(record.pid()));
  }

  Path directory() {
    return directory;
  }

  private boolean isAlive() {
    return ProcessFacts.of(record.pid())
        .filter(facts -> facts.isAlive() && facts.start() == record.pidStart())
        .isPresent();
  }

  private FileLock lock() throws IOException {
    FileLock lock;
    try {
      lock = FileLock.acquire(directory.resolve("lock"));
    } catch (SyscallException e) {
      throw e.errno() == Errno.ENOENT ? OciException.absent(record.id()) : e;
    }
    if (!Files.exists(directory.resolve("state.json"))) { // deleted while we waited
      lock.close();
      throw OciException.absent(record.id());
    }
    return lock;
  }

  /// Kill the first process and wait until it has ended; a child of another process is reaped
  /// there.
  private void kill(Pidfd pidfd) throws IOException {
    pidfd.sendSignal(SIGKILL);
    thaw();
    if (!pidfd.awaitEnd(PATIENCE)) {
      throw new OciException("process " + record.pid() + " does not end");
    }
  }

  /// Remove a container's directory; its record goes first, so that what is left of a deletion that
  /// is cut off is no container.
  static void removeDirectory(Path directory) throws IOException {
    var files = new ArrayList<Path>();
    try (var entries = Files.newDirectoryStream(directory)) {
      entries.forEach(files::add);
    } catch (NoSuchFileException e) {
      return;
    }
    Files.deleteIfExists(directory.resolve("state.json"));
    for (var file : files) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(directory);
  }
}
