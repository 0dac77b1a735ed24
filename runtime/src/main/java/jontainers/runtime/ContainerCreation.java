package jontainers.runtime;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Fd;
import jontainers.linux.FileLock;
import jontainers.linux.PacketSocket;
import jontainers.linux.PrivateDirectory;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;
import jontainers.linux.Terminal;
import jontainers.linux.ThisProcess;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Pace;
import jontainers.linux.proxy.Plan;
import jontainers.linux.proxy.Sequence;
import jontainers.linux.proxy.StagedProcess;
import jontainers.linux.proxy.UserNamespace;
import jontainers.oci.Hooks;
import jontainers.oci.Namespace;
import jontainers.oci.Spec;
import jontainers.runtime.step.NamespaceKind;

/// Make one container that another command starts: `create` of runtime.md.
///
/// What it holds on the host is written down before it is taken, and its process depends on this
/// JVM until that, too, is written down: whenever this JVM dies, `delete` finds what is left. Used
/// once, on one platform thread.
final class ContainerCreation {
  private final OciContainers containers;
  private final CreateRequest request;
  private final Spec spec;
  private final Host host;
  private final Optional<ContainerUnit> unit;

  /// Prepare one.
  ///
  /// @param unit that of systemd which it shall be
  ContainerCreation(
      OciContainers containers, CreateRequest request, Host host, Optional<ContainerUnit> unit)
      throws IOException {
    this.containers = containers;
    this.request = request;
    this.unit = unit;
    this.spec = HomeDirectory.ofRoot(withCgroup(request.spec(), request.id(), unit));
    this.host = ThisProcess.euid() == 0 || unit.isPresent() ? host : host.withOwnCgroups();
  }

  /// A container without a path has a cgroup of its own below that of the runtime.
  private static Spec withCgroup(Spec spec, String id, Optional<ContainerUnit> unit) {
    var linux = spec.linux();
    if (linux != null && unit.isPresent()) {
      return spec.withLinux(linux.withCgroupsPath(unit.get().cgroup()));
    }
    if (linux == null || (linux.cgroupsPath() != null && !linux.cgroupsPath().isEmpty())) {
      return spec;
    }
    return spec.withLinux(linux.withCgroupsPath(id));
  }

  /// Make it; it waits to be started.
  CreatedContainer create() throws IOException {
    var directory = makeDirectory();
    try (var _ = FileLock.acquire(directory.resolve("lock"))) {
      try {
        return create(directory);
      } catch (IOException | RuntimeException | Error e) {
        OciContainer.removeDirectory(directory);
        throw e;
      }
    }
  }

  private Path makeDirectory() throws IOException {
    var directory = containers.directory(request.id());
    var _ = PrivateDirectory.make(containers.root());
    try {
      return Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      throw new OciException("container with given ID already exists: " + request.id(), e);
    }
  }

  private CreatedContainer create(Path directory) throws IOException {
    var socket = directory.resolve("start.sock");
    try (var listening = PacketSocket.listener(socket)) {
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
      var launch = launch();
      var plan = ContainerPlan.of(launch, host, false, new HostNodes());
      plan.cgroup().requireFree(); // before it is ours, and undone
      var record = record(plan.cgroup());
      try (var file =
          Fd.open(directory.resolve("config.json"), Fd.O_WRONLY | Fd.O_CREAT | Fd.O_TRUNC, 0600)) {
        file.write(request.config());
      }
      record.write(directory.resolve("state.json"));
      try {
        makeCgroups(plan.cgroup());
        return create(directory, plan, record, listening);
      } catch (IOException | RuntimeException | Error e) {
        undo(record, e);
        throw e;
      }
    }
  }

  /// Those of a unit systemd makes later, but for version 1, of which it does not know all.
  private void makeCgroups(Cgroup cgroup) throws IOException {
    if (unit.isEmpty()) {
      cgroup.offerControllers();
      cgroup.create();
    } else if (CgroupMounts.isFirstVersion(host)) {
      cgroup.create();
    }
  }

  /// Whatever systemd has no property for is written into the cgroup that it has given away.
  private void startUnit(int pid, Cgroup cgroup) throws IOException {
    unit.orElseThrow().start(pid, spec, host);
    for (var directory : cgroup.directories()) {
      boolean needed = directory.hierarchy().version() == 2 && !CgroupMounts.isFirstVersion(host);
      if (needed && !Files.isDirectory(directory.path())) {
        throw new StartException(
            "systemd has not made the cgroup " + directory.path(),
            "look into /proc/" + pid + "/cgroup for where it has put the process");
      }
    }
    cgroup.create();
  }

  private void undo(ContainerRecord record, Throwable failure) {
    boolean foreign = unit.isPresent() && unit.get().isTaken();
    try {
      ContainerUnit.release(
          foreign ? record.withoutUnit() : record,
          containers.environment(),
          warning -> failure.addSuppressed(new IOException(warning)));
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private Launch launch() {
    String keyring =
        request.newKeyring() == CreateRequest.Keyring.NEW ? "_ses." + request.id() : "";
    return new Launch(
        spec,
        List.of(),
        request.streams(),
        Optional.empty(),
        false,
        Optional.of(
            new Creation(keyring, request.pivot(), request.driver(), request.preserved().size())),
        Set.of());
  }

  private ContainerRecord record(Cgroup cgroup) {
    return new ContainerRecord(
        spec.ociVersion(),
        request.id(),
        RawText.of(request.bundle()),
        java.util.Objects.requireNonNull(spec.root()).path(),
        0,
        0,
        Instant.now().truncatedTo(ChronoUnit.NANOS).toString(),
        ThisProcess.euid(),
        cgroup.directories().stream().map(d -> RawText.of(d.path())).toList(),
        unit.map(ContainerUnit::name).orElse(null),
        spec.annotations());
  }

  private CreatedContainer create(
      Path directory, ContainerPlan plan, ContainerRecord record, Fd listening) throws IOException {
    var watch = new StartWatch(Optional.empty());
    var opened = new ArrayList<Fd>();
    var stages = Stages.of(plan.child());
    try (var process = start(plan, stages, listening, watch, opened)) {
      for (int i = 0; i < stages.pauses().size(); i++) {
        var reason = stages.pauses().get(i);
        var next = watch.expect(stages.parts().get(i + 1));
        switch (reason) {
          case NETWORK_DEVICES -> NetDevices.move(spec, process.pidfd().pid());
          case UNIT -> startUnit(process.pidfd().pid(), plan.cgroup());
          case COPY_UP -> CopyUp.all(spec, process.pidfd().pid());
          case HOOKS -> runHooks(record, process);
          case DESCRIPTORS, TERMINAL -> throw new IllegalStateException("a stage of an exec");
          case STATE -> {
            return handOver(directory, record, process, next);
          }
        }
        process.perform(next);
      }
      throw new IllegalStateException("a container that does not wait to be started");
    } catch (SyscallException e) {
      throw watch.explain(e);
    } finally {
      opened.forEach(Fd::close);
    }
  }

  private StagedProcess start(
      ContainerPlan plan, Stages stages, Fd listening, StartWatch watch, List<Fd> opened)
      throws SyscallException {
    var pidfd = Argument.Struct.of("pidfd", new byte[8]);
    var cloning = watch.expect(plan.cloning(), Sequence.of(plan.cloning().call(pidfd)));
    return StagedProcess.start(
        new Plan(
            watch.expect(plan.agent()),
            cloning.calls().getFirst(),
            pidfd,
            new Plan.Afterwards.Leave(),
            watch.expect(stages.parts().getFirst())),
        descriptors(plan, listening, opened),
        request.preserved(),
        Pace.ALL_AT_ONCE,
        watch);
  }

  private List<Fd> descriptors(ContainerPlan plan, Fd listening, List<Fd> opened)
      throws SyscallException {
    var streams = request.streams();
    var all = new ArrayList<Fd>(List.of(streams.stdout(), streams.stderr(), streams.stdin()));
    for (Namespace namespace : plan.joined()) {
      var fd =
          namespace.path() == null
              ? UserNamespace.create(plan.maps().orElseThrow()).fd()
              : Fd.open(RawText.path(namespace.path()), Fd.O_RDONLY);
      opened.add(fd);
      all.add(fd);
    }
    all.add(listening);
    for (var maps : plan.mounted()) {
      var fd = UserNamespace.create(maps).fd();
      opened.add(fd);
      all.add(fd);
    }
    return all;
  }

  private void runHooks(ContainerRecord record, StagedProcess process) throws IOException {
    Hooks hooks = java.util.Objects.requireNonNull(spec.hooks());
    String state =
        record.withProcess(process.pidfd().pid(), 0).state(ContainerStatus.CREATING).toJson();
    var caller = containers.environment();
    var outside = new HookRunner(new HookRunner.Place.OfRuntime(caller, record.bundle()));
    outside.run("prestart", hooks.prestart(), state);
    outside.run("createRuntime", hooks.createRuntime(), state);
    new HookRunner(
            new HookRunner.Place.OfProcess(
                process.pidfd(), ownNamespaces(spec), caller, record.rootfs()))
        .run("createContainer", hooks.createContainer(), state);
  }

  /// Those that the container does not share with the runtime.
  static Set<NamespaceKind> ownNamespaces(Spec spec) {
    var kinds = EnumSet.noneOf(NamespaceKind.class);
    var linux = spec.linux();
    if (linux != null) {
      for (var namespace : linux.namespaces()) {
        for (var kind : NamespaceKind.values()) {
          if (kind.ociName().equals(namespace.type())) {
            kinds.add(kind);
          }
        }
      }
    }
    return kinds;
  }

  /// From here on the process is on its own, and known.
  private CreatedContainer handOver(
      Path directory, ContainerRecord record, StagedProcess process, List<Sequence> last)
      throws IOException {
    int pid = process.pidfd().pid();
    var facts = ProcessFacts.of(pid);
    var known = record.withProcess(pid, facts.map(ProcessFacts::start).orElse(0L));
    var sent = new ArrayList<>(process.sent());
    Optional<Fd> terminal = Optional.empty();
    var own = java.util.Objects.requireNonNull(spec.process());
    if (own.terminal()) {
      terminal = Optional.of(sent.removeFirst());
    }
    if (!sent.isEmpty()) {
      SeccompAgent.handOver(spec, known, sent.removeFirst());
    }
    if (terminal.isPresent() && request.consoleSocket().isPresent()) {
      try (var master = terminal.get()) {
        ConsoleSocket.send(request.consoleSocket().get(), master);
      }
      terminal = Optional.empty();
    } else if (terminal.isPresent()) {
      Terminal.of(terminal.get()).keepLineEnds(); // who copies from it has a terminal of his own
    }
    known.write(directory.resolve("state.json"));
    var control = Handover.control(request.preserved().size());
    if (control.isPresent()) {
      process.moveControl(control.getAsInt());
    }
    process.leave(last);
    return new CreatedContainer(
        new OciContainer(directory, known, containers.environment()), terminal);
  }
}
