package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Fd;
import jontainers.linux.Pidfd;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;
import jontainers.linux.Terminal;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Pace;
import jontainers.linux.proxy.Plan;
import jontainers.linux.proxy.Sequence;
import jontainers.linux.proxy.StagedProcess;
import jontainers.oci.Linux;
import jontainers.oci.Process;
import jontainers.oci.Seccomp;
import jontainers.oci.Spec;
import jontainers.runtime.step.CgroupStep;
import jontainers.runtime.step.Descriptors;
import jontainers.runtime.step.DeviceStep;
import jontainers.runtime.step.IdentityStep;
import jontainers.runtime.step.LifecycleStep;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.step.NamespaceStep;
import jontainers.runtime.step.NamespaceStep.CloneProcess;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;
import org.jspecify.annotations.Nullable;

/// Make another process in the namespaces and cgroups of a container that runs. Used once, on one
/// platform thread.
///
/// The agent enters the cgroups and then all namespaces in one call, by the pidfd of the first
/// process; the process is its child there.
public final class ContainerExec {
  private final OciContainer container;
  private final ExecRequest request;
  private final Process program;
  private final Spec spec;
  private final Host host;
  private StreamPlan streams = StreamPlan.NOTHING;

  private ContainerExec(OciContainer container, ExecRequest request, Host host) throws IOException {
    this.container = container;
    this.request = request;
    this.program =
        HomeDirectory.of(request.process(), Path.of("/proc/" + container.record().pid() + "/root"));
    this.spec = container.spec();
    this.host = host;
  }

  /// A process that has become its program, a child of this JVM.
  ///
  /// @param terminal the master of its terminal, unless that was sent elsewhere; the caller closes
  ///   it
  public record Running(StagedProcess process, Optional<Fd> terminal) {}

  /// Make it; it has become its program when this returns.
  ///
  /// @throws OciException where the container does not run
  /// @throws StartException where the program cannot be executed; no process is left then
  public static Running start(OciContainer container, ExecRequest request, Host host)
      throws IOException {
    return new ContainerExec(container, request, host).start();
  }

  private Running start() throws IOException {
    switch (container.status()) {
      case STOPPED, CREATING -> throw new OciException("cannot exec in a stopped container");
      case PAUSED -> {
        if (request.paused() == ExecRequest.IfPaused.REFUSE) {
          throw new OciException(
              "cannot exec in a paused container (use --ignore-paused to override)");
        }
      }
      case CREATED, RUNNING -> {
        // as it should be
      }
    }
    SecurityModules.check(request.process());
    try (var pidfd = Pidfd.open(container.record().pid())) {
      return start(pidfd);
    } catch (SyscallException e) {
      throw e.errno() == jontainers.linux.Errno.ESRCH
          ? new OciException("cannot exec in a stopped container", e)
          : e;
    }
  }

  private Running start(Pidfd pidfd) throws IOException {
    var watch = new StartWatch(Optional.empty());
    if (!program.terminal()) {
      streams = StreamPlan.of(request.streams(), StreamKind::of);
    }
    var steps = child();
    var stages = Stages.of(steps);
    var own = Argument.Struct.of("pidfd", new byte[8]);
    var cloning = new CloneProcess(Set.of(), CloneProcess.Birth.IN_CGROUP_OF_AGENT);
    var plan =
        new Plan(
            watch.expect(agent(pidfd)),
            watch.expect(cloning, Sequence.of(cloning.call(own))).calls().getFirst(),
            own,
            new Plan.Afterwards.Leave(),
            watch.expect(stages.parts().getFirst()));
    var given = request.streams();
    var descriptors = List.of(given.stdout(), given.stderr(), given.stdin(), pidfd.fd());
    var preserved = request.preserved();
    try {
      if (stages.pauses().isEmpty()) {
        return handOver(
            StagedProcess.startProgram(plan, descriptors, preserved, Pace.ALL_AT_ONCE, watch));
      }
      var process = StagedProcess.start(plan, descriptors, preserved, Pace.ALL_AT_ONCE, watch);
      return handOver(inStages(process, stages, watch));
    } catch (SyscallException e) {
      throw watch.explain(e);
    }
  }

  private StagedProcess inStages(StagedProcess process, Stages stages, StartWatch watch)
      throws IOException {
    try {
      for (int i = 0; i < stages.pauses().size(); i++) {
        switch (stages.pauses().get(i)) {
          case STATE -> notified(process);
          case TERMINAL -> Terminal.of(process.sent().getFirst()).keepLineEnds();
          case DESCRIPTORS ->
              process.moveControl(Handover.control(request.preserved().size()).orElseThrow());
          case HOOKS, NETWORK_DEVICES, UNIT, COPY_UP ->
              throw new IllegalStateException("no stage of an exec");
        }
        var next = watch.expect(stages.parts().get(i + 1));
        if (i + 1 < stages.pauses().size()) {
          process.perform(next);
        } else {
          process.execute(next);
        }
      }
      return process;
    } catch (IOException | RuntimeException | Error e) {
      process.close();
      throw e;
    }
  }

  /// Its filter asks an agent, who has to know of it before it goes on.
  private void notified(StagedProcess process) throws IOException {
    var seccomp = Objects.requireNonNull(seccomp());
    SeccompAgent.handOver(
        String.valueOf(seccomp.listenerPath()),
        Objects.requireNonNullElse(seccomp.listenerMetadata(), ""),
        container.record(),
        process.pidfd().pid(),
        process.sent().getLast());
  }

  private Running handOver(StagedProcess process) throws IOException {
    if (!request.process().terminal()) {
      return new Running(process, Optional.empty());
    }
    var master = process.sent().getFirst();
    if (request.consoleSocket().isEmpty()) {
      return new Running(process, Optional.of(master));
    }
    try (master) {
      ConsoleSocket.send(request.consoleSocket().get(), master);
      return new Running(process, Optional.empty());
    } catch (IOException e) {
      process.pidfd().sendSignal(9);
      var _ = process.pidfd().waitFor();
      process.close();
      throw e;
    }
  }

  private List<Step> agent(Pidfd pidfd) throws IOException {
    var agent = new ArrayList<Step>();
    agent.add(new ProcessStep.SetDumpable(host.tracedBy()));
    agent.add(new NamespaceStep.KeepDescriptors(1, request.preserved().size()));
    agent.add(new NamespaceStep.NewSession());
    agent.add(new ProcessStep.Umask(0));
    var affinity = request.process().execCPUAffinity();
    if (affinity != null && affinity.initial() != null) {
      agent.add(Scheduling.affinity(affinity.initial()));
    }
    joinCgroups().ifPresent(agent::add);
    if (affinity == null || (affinity.initial() == null && affinity.last() == null)) {
      agent.add(Scheduling.everyProcessor());
    }
    if (affinity != null && affinity.last() != null) {
      agent.add(Scheduling.affinity(affinity.last()));
    }
    if (request.process().oomScoreAdj() != null) {
      agent.add(
          new ProcessStep.WriteProc(
              "/proc/self/oom_score_adj", Integer.toString(request.process().oomScoreAdj())));
    }
    if (hasOwnUsers()) {
      long outside = AgentPlan.outside(Objects.requireNonNull(spec.linux()), uid());
      if (outside >= 0) {
        streams.own(outside).ifPresent(agent::add);
      }
    }
    agent.add(
        new NamespaceStep.JoinProcess(
            ContainerCreation.ownNamespaces(spec), Descriptors.moved(0), pidfd.pid()));
    return agent;
  }

  /// With version 2 a cgroup that has others below it takes no processes: then the process goes
  /// where the container's first one is.
  private Optional<Step> joinCgroups() throws IOException {
    var files = new ArrayList<String>();
    var others = new ArrayList<String>();
    var directories = container.record().cgroups().stream().map(RawText::path).toList();
    boolean hybrid = directories.stream().anyMatch(d -> Files.exists(d.resolve("tasks")));
    for (var directory : directories) {
      var place = directory.resolve(request.cgroup()).normalize();
      if (!place.startsWith(directory)) {
        throw new OciException(request.cgroup() + " is not a sub cgroup path of the container");
      }
      boolean first = Files.exists(directory.resolve("tasks"));
      if (hybrid && !first && limitsNothing(directory)) {
        others.add(RawText.of(place.resolve("cgroup.procs")));
        continue;
      }
      if (!Files.exists(place)) {
        throw new OciException("the container has no cgroup " + request.cgroup());
      }
      if (!first && request.cgroup().isEmpty()) {
        place = ofFirstProcess(place);
      }
      files.add(RawText.of(place.resolve(first ? "tasks" : "cgroup.procs")));
    }
    return directories.isEmpty()
        ? Optional.empty()
        : Optional.of(new CgroupStep.JoinCgroups(files, others));
  }

  private static boolean limitsNothing(Path cgroup) throws IOException {
    var controllers = cgroup.resolve("cgroup.controllers");
    return !Files.exists(controllers) || Files.readString(controllers).isBlank();
  }

  private Path ofFirstProcess(Path own) throws IOException {
    for (var hierarchy : host.cgroups()) {
      if (hierarchy.version() == 2 && own.startsWith(hierarchy.mountPoint())) {
        for (String line :
            Files.readAllLines(Path.of("/proc/" + container.record().pid() + "/cgroup"))) {
          if (line.startsWith("0::/")) {
            var place = hierarchy.below(line.substring(3));
            return place.startsWith(own) ? place : own;
          }
        }
      }
    }
    return own;
  }

  private @Nullable Seccomp seccomp() {
    Linux linux = spec.linux();
    return linux == null ? null : linux.seccomp();
  }

  private List<Step> child() throws StartException {
    var process = program;
    boolean user = hasOwnUsers();
    var steps = new ArrayList<Step>();
    steps.add(new NamespaceStep.NewSession());
    steps.add(new IdentityStep.NewSessionKeyring(""));
    if (user) {
      steps.add(new IdentityStep.BecomeRoot());
    }
    if (process.terminal()) {
      var size = process.consoleSize();
      steps.add(
          new DeviceStep.OpenTerminal(
              size == null ? 0 : (int) size.height(),
              size == null ? 0 : (int) size.width(),
              process.user().uid(),
              DeviceStep.Console.LEFT));
      if (request.consoleSocket().isEmpty()) {
        steps.add(new LifecycleStep.Pause(LifecycleStep.Pause.Reason.TERMINAL));
      }
    }
    streams.openNull().ifPresent(steps::add);
    var linux = spec.linux();
    if (linux != null && linux.personality() != null) {
      steps.add(Scheduling.personality(linux.personality()));
    }
    if (linux != null && linux.memoryPolicy() != null) {
      steps.add(Scheduling.memoryPolicy(linux.memoryPolicy()));
    }
    if (process.scheduler() != null) {
      steps.add(Scheduling.scheduler(process.scheduler()));
    }
    if (process.ioPriority() != null) {
      steps.add(Scheduling.ioPriority(process.ioPriority()));
    }
    Long umask = process.user().umask();
    steps.add(new ProcessStep.Umask(umask == null ? 0022 : umask.intValue()));
    steps.add(new ProcessStep.EnterDirectory(process.cwd()));
    steps.addAll(Limits.early(process.rlimits()));
    if (!user && uid() != 0) {
      streams.own(uid()).ifPresent(steps::add);
    }
    steps.addAll(
        IdentityPlan.of(
            IdentityPlan.withKeptGroups(process, spec),
            seccomp(),
            user ? host.asRoot() : host,
            setsGroups(),
            host.tracedBy(),
            new Handover(
                Handover.Start.AT_ONCE,
                request.preserved().size(),
                -1,
                request.program(),
                Limits.late(process.rlimits()))));
    return notifying(steps);
  }

  private boolean hasOwnUsers() {
    return ContainerCreation.ownNamespaces(spec).contains(NamespaceKind.USER);
  }

  private long uid() {
    return program.user().uid();
  }

  /// A filter that notifies needs a pause, in which its listener is handed over.
  private List<Step> notifying(List<Step> steps) {
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof IdentityStep.LoadNotifyingSeccomp) {
        steps.add(i + 1, new LifecycleStep.Pause(LifecycleStep.Pause.Reason.STATE));
        break;
      }
    }
    return steps;
  }

  private boolean setsGroups() {
    if (IdentityPlan.keepsGroups(spec)) {
      return false;
    }
    try {
      return !Files.readString(Path.of("/proc/" + container.record().pid() + "/setgroups"))
          .startsWith("deny");
    } catch (IOException e) {
      return true;
    }
  }

  /// Return a process as the container's configuration would have it, with another command.
  public static Process like(Spec spec, List<String> args) {
    var own = Objects.requireNonNull(spec.process());
    return new Process(
        false,
        null,
        own.user(),
        args,
        null,
        own.env(),
        own.cwd(),
        own.capabilities(),
        own.rlimits(),
        own.noNewPrivileges(),
        own.apparmorProfile(),
        own.oomScoreAdj(),
        own.scheduler(),
        own.selinuxLabel(),
        own.ioPriority(),
        own.execCPUAffinity());
  }
}
