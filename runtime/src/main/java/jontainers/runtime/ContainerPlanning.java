package jontainers.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Capability;
import jontainers.linux.IdMaps;
import jontainers.oci.Hooks;
import jontainers.oci.Linux;
import jontainers.oci.Namespace;
import jontainers.oci.Process;
import jontainers.oci.Root;
import jontainers.oci.Spec;
import jontainers.runtime.step.CgroupStep;
import jontainers.runtime.step.Descriptors;
import jontainers.runtime.step.IdentityStep;
import jontainers.runtime.step.LifecycleStep;
import jontainers.runtime.step.MountStep;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.step.NamespaceStep;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;

/// Decide on the steps of one container; each method adds those of one concern.
///
/// The order is explained at [ContainerPlan]. Confined to one thread, and used once.
final class ContainerPlanning {
  private static final long CAP_SYS_ADMIN = 1L << Capability.CAP_SYS_ADMIN.number();

  private final Spec spec;
  private final Process process;
  private final Linux linux;
  private final Root root;
  private final Launch launch;
  private final Host host;
  private final Optional<Namespace> user;
  private final int passed;
  private final List<Step> steps = new ArrayList<>();
  private final List<Namespace> joined = new ArrayList<>();
  private final Set<NamespaceKind> made = EnumSet.noneOf(NamespaceKind.class);
  private final Cgroup cgroup;
  private final MountPlan mounts;
  private final StreamPlan streams;
  private final ContainerPlan.Files files;

  ContainerPlanning(Launch launch, Host host, boolean callerTerminal, ContainerPlan.Files files)
      throws StartException {
    this.launch = launch;
    this.host = host;
    this.files = files;
    this.passed = callerTerminal ? 1 : 0;
    this.spec = launch.spec();
    this.process = present(spec.process(), "process");
    this.root = present(spec.root(), "root");
    this.linux = present(spec.linux(), "linux");
    this.user =
        linux.namespaces().stream()
            .filter(n -> n.type().equals(NamespaceKind.USER.ociName()))
            .findFirst();
    this.cgroup =
        linux.cgroupsPath() == null
            ? Cgroup.NONE
            : launch.creation().isPresent()
                ? Cgroup.everywhere(host, linux.cgroupsPath(), linux.resources())
                : Cgroup.of(host, linux.cgroupsPath(), linux.resources());
    SecurityModules.check(process);
    this.streams =
        process.terminal() ? StreamPlan.NOTHING : StreamPlan.of(launch.streams(), files::kind);
    namespaces();
    this.mounts =
        new MountPlan(
            spec,
            linux,
            host,
            files,
            new MountPlan.Context(
                user.isPresent(),
                userDescriptor(),
                passed + joined.size() + handedOver(),
                made.contains(NamespaceKind.CGROUP) || joins(NamespaceKind.CGROUP),
                launch.creation().isPresent(),
                entersAsRoot(),
                cgroup));
  }

  ContainerPlan decide() throws StartException {
    boolean cgroupNamespace = made.remove(NamespaceKind.CGROUP);
    boolean timeOffsets = !linux.timeOffsets().isEmpty() && made.remove(NamespaceKind.TIME);
    enterNamespaces();
    cgroups(cgroupNamespace);
    enterMountNamespace();
    if (entersAsRoot()) {
      oomScore();
      steps.add(new MountStep.BindRoot(root.path()));
    } else {
      steps.addAll(mounts.trees());
      rootFilesystem();
    }
    hostForHooks();
    files();
    changeRoot();
    mounts.terminal(steps, process);
    streams.openNull().ifPresent(steps::add);
    identityOfTheMachine();
    hooks();
    propagation();
    workingDirectory();
    mounts.hide(steps, root);
    limits();
    identity();
    var maps = user.isPresent() ? AgentPlan.maps(linux, user.get()) : Optional.<IdMaps>empty();
    return new ContainerPlan(
        agent(timeOffsets),
        Lesson.without(new NamespaceStep.CloneProcess(made, birth()), launch.without()),
        Lesson.without(steps, launch.without()),
        List.copyOf(joined),
        maps,
        mounts.idMaps(),
        passed,
        cgroup);
  }

  private NamespaceStep.CloneProcess.Birth birth() {
    return into().isPresent()
        ? NamespaceStep.CloneProcess.Birth.IN_HELD_CGROUP
        : NamespaceStep.CloneProcess.Birth.IN_CGROUP_OF_AGENT;
  }

  /// With a user namespace that root makes, the agent mounts the root filesystem before it enters;
  /// whoever is not root has to enter first.
  private boolean entersAsRoot() {
    return user.isPresent() && (host.permittedCapabilities() & CAP_SYS_ADMIN) != 0;
  }

  private List<Step> agent(boolean timeOffsets) throws StartException {
    int descriptors = passed + joined.size() + handedOver() + mounts.idMaps().size();
    var agent = new ArrayList<Step>();
    var before = new ArrayList<Step>();
    for (int i = 0; i < joined.size(); i++) {
      if (agentJoins(kind(joined.get(i)))) {
        before.add(join(i));
      }
    }
    if (entersAsRoot()) {
      ownStreams(before);
    }
    if (user.isEmpty()) {
      agent.addAll(
          AgentPlan.plain(descriptors, AgentPlan.preserved(launch), into(), host.tracedBy()));
      agent.addAll(before);
    } else if (entersAsRoot()) {
      agent.addAll(
          AgentPlan.of(
              launch,
              linux,
              descriptors,
              before,
              userDescriptor(),
              userPath(),
              mounts.trees(),
              cut(),
              rlimits()));
    } else {
      agent.addAll(
          AgentPlan.plain(
              descriptors, AgentPlan.preserved(launch), Optional.empty(), host.tracedBy()));
      agent.add(join(joined.indexOf(user.get())));
      agent.addAll(before);
    }
    if (timeOffsets) {
      agent.add(new NamespaceStep.NewTimeNamespace());
      agent.add(new ProcessStep.WriteProc("/proc/self/timens_offsets", offsets()));
    }
    return agent;
  }

  /// `CLOCK SECONDS NANOSECONDS`, a line each: time_namespaces(7).
  private String offsets() {
    var text = new StringBuilder();
    linux
        .timeOffsets()
        .forEach((clock, offset) ->
            text.append(clock)
                .append(' ')
                .append(offset.secs())
                .append(' ')
                .append(offset.nanosecs())
                .append('\n'));
    return text.toString();
  }

  private int userDescriptor() {
    return user.isPresent() ? Descriptors.moved(passed + joined.indexOf(user.get())) : -1;
  }

  private String userPath() {
    return user.map(Namespace::path).orElse("a user namespace");
  }

  /// What is handed over for a start by another command: its socket.
  private int handedOver() {
    return launch.creation().isPresent() ? 1 : 0;
  }

  private void namespaces() throws StartException {
    for (var namespace : linux.namespaces()) {
      var kind = kind(namespace);
      if (!host.namespaces().contains(kind)) {
        throw new StartException(
            "this kernel has no " + kind.ociName() + " namespaces",
            "use a kernel that is built with " + kind.kernelOption());
      }
      if (namespace.path() == null && kind != NamespaceKind.USER) {
        made.add(kind);
      } else {
        joined.add(namespace);
      }
    }
    var own = EnumSet.noneOf(NamespaceKind.class);
    own.addAll(made);
    for (var namespace : joined) {
      own.add(kind(namespace));
    }
    Sysctls.check(linux.sysctl(), own);
    if (!own.contains(NamespaceKind.MOUNT)) {
      throw new StartException("a container needs a mount namespace of its own", "");
    }
    if (!linux.timeOffsets().isEmpty() && !made.contains(NamespaceKind.TIME)) {
      throw new StartException("time offsets need a new time namespace", "");
    }
  }

  private boolean joins(NamespaceKind kind) {
    return joined.stream().anyMatch(namespace -> namespace.type().equals(kind.ociName()));
  }

  /// A process cannot change its own pid namespace, only that of its children. And what a user
  /// namespace does not own, its root cannot enter.
  private boolean agentJoins(NamespaceKind kind) {
    return switch (kind) {
      case USER, MOUNT -> false;
      case PID, TIME -> true;
      case UTS, IPC, CGROUP, NETWORK -> launch.creation().isPresent() && user.isPresent();
    };
  }

  private NamespaceStep.JoinNamespace join(int index) throws StartException {
    var namespace = joined.get(index);
    var kind = kind(namespace);
    return new NamespaceStep.JoinNamespace(
        kind,
        Descriptors.moved(passed + index),
        kind == NamespaceKind.USER ? userPath() : String.valueOf(namespace.path()));
  }

  private void enterNamespaces() throws StartException {
    for (int i = 0; i < joined.size(); i++) {
      var kind = kind(joined.get(i));
      if (kind != NamespaceKind.USER && kind != NamespaceKind.MOUNT && !agentJoins(kind)) {
        steps.add(join(i));
      }
    }
    steps.add(new NamespaceStep.NewSession());
    var keyring = launch.creation().map(Creation::keyring);
    if (keyring.isEmpty() || !keyring.get().isEmpty()) {
      steps.add(new IdentityStep.NewSessionKeyring(keyring.orElse("")));
    }
    if (launch.creation().isPresent() && made.contains(NamespaceKind.NETWORK)) {
      steps.add(new NamespaceStep.LoopbackUp());
    }
    if (launch.creation().isPresent() && !linux.netDevices().isEmpty()) {
      steps.add(new LifecycleStep.Pause(LifecycleStep.Pause.Reason.NETWORK_DEVICES));
    }
  }

  /// Somebody else's mounts may not show the cgroups that were entered before.
  private void enterMountNamespace() throws StartException {
    for (int i = 0; i < joined.size(); i++) {
      if (kind(joined.get(i)) == NamespaceKind.MOUNT) {
        steps.add(join(i));
      }
    }
  }

  /// Return the cgroup in which the child is made: the only one, where that is of version 2. Root
  /// of a user namespace may not, and a lesson without the step needs the step.
  private Optional<String> into() {
    return user.isEmpty() && !isUnit() && !launch.without().contains(Cgroup.WALL)
        ? cgroup.ofVersion2Alone().map(Path::toString)
        : Optional.empty();
  }

  /// Whether systemd makes its cgroups.
  private boolean isUnit() {
    return launch
        .creation()
        .filter(creation -> creation.driver() == CgroupDriver.SYSTEMD)
        .isPresent();
  }

  /// systemd knows the process when it is there, and moves it into the hierarchies that it uses
  /// itself: that of version 2, or its own of version 1, which has no controllers.
  private void unit() {
    steps.add(new LifecycleStep.Pause(LifecycleStep.Pause.Reason.UNIT));
    var others =
        cgroup.directories().stream()
            .filter(directory -> directory.hierarchy().version() == 1)
            .filter(directory -> !directory.hierarchy().controllers().isEmpty())
            .map(Cgroup.Directory::ownTasks)
            .toList();
    if (!others.isEmpty()) {
      steps.add(new CgroupStep.JoinCgroups(others, List.of()));
    }
  }

  private void cgroups(boolean cgroupNamespace) {
    if (isUnit()) {
      unit();
    } else if (into().isPresent()) {
      steps.add(new CgroupStep.LetGoOfCgroup());
    } else if (!cgroup.directories().isEmpty()) {
      steps.add(new CgroupStep.JoinCgroups(cgroup.tasks(false), cgroup.tasks(true)));
    }
    steps.add(Scheduling.everyProcessor());
    if (cgroupNamespace) {
      steps.add(new NamespaceStep.NewCgroupNamespace());
    }
  }

  private Step cut() {
    return String.valueOf(linux.rootfsPropagation()).endsWith("private")
        ? new MountStep.Propagation(MountStep.MS_REC | MountStep.MS_PRIVATE, "MS_REC|MS_PRIVATE")
        : new MountStep.Propagation(MountStep.MS_REC | MountStep.MS_SLAVE, "MS_REC|MS_SLAVE");
  }

  private void rootFilesystem() throws StartException {
    steps.add(cut());
    for (var mount : launch.rootMounts()) {
      steps.add(AgentPlan.mountRoot(mount));
    }
    if (launch.rootMounts().isEmpty()) {
      steps.add(new MountStep.BindRoot(root.path()));
    }
  }

  private void hostForHooks() {
    if (hasHooks()) {
      steps.add(new MountStep.OpenTree("/", true, mounts.hostTree()));
    }
  }

  /// Whatever is seen of the host is still there: sources of mounts, and the filesystems without
  /// which the kernel gives a user namespace none of their kind.
  private void files() throws StartException {
    steps.add(new MountStep.StandInRoot(root.path()));
    if (user.isPresent()) {
      steps.add(new IdentityStep.BecomeRoot());
    }
    mounts.mount(steps);
    mounts.devices(steps);
    mounts.makeReadonly(steps);
  }

  private void changeRoot() throws StartException {
    boolean move =
        launch
            .creation()
            .filter(creation -> creation.rootChange() == Creation.RootChange.MOVE)
            .isPresent();
    if (move) {
      steps.add(new MountStep.MoveRoot(root.path(), files.kernelMounts(root.path())));
    } else {
      steps.add(new MountStep.EnterRoot(root.path()));
      steps.add(new MountStep.DetachOldRoot());
    }
  }

  /// Hooks that come before the program is started, as part of `create`.
  private boolean hasHooks() {
    Hooks hooks = spec.hooks();
    return hooks != null
        && launch.creation().isPresent()
        && !(hooks.prestart().isEmpty()
            && hooks.createRuntime().isEmpty()
            && hooks.createContainer().isEmpty());
  }

  private void hooks() {
    if (hasHooks()) {
      steps.add(new LifecycleStep.ShowHost(mounts.hostTree(), root.path()));
      steps.add(new LifecycleStep.Pause(LifecycleStep.Pause.Reason.HOOKS));
      steps.add(new LifecycleStep.HideHost(mounts.hostTree()));
    }
  }

  /// Private it is already.
  private void propagation() throws StartException {
    String propagation = linux.rootfsPropagation();
    if (propagation == null) {
      return;
    }
    boolean all = propagation.startsWith("r");
    switch (all ? propagation.substring(1) : propagation) {
      case "private", "slave" -> {
        // so it was cut off
      }
      case "shared" -> steps.add(propagation(MountStep.MS_SHARED, "MS_SHARED", all));
      case "unbindable" -> steps.add(propagation(MountStep.MS_UNBINDABLE, "MS_UNBINDABLE", all));
      default ->
          throw new StartException(
              "unknown rootfsPropagation: " + propagation,
              "it is private, shared, slave or unbindable, or one of them with an r before");
    }
  }

  private static Step propagation(long flag, String name, boolean all) {
    return all
        ? new MountStep.RootPropagation(MountStep.MS_REC | flag, "MS_REC|" + name)
        : new MountStep.RootPropagation(flag, name);
  }

  private void identityOfTheMachine() {
    if (spec.hostname() != null) {
      steps.add(new NamespaceStep.SetHostname(spec.hostname()));
    }
    if (spec.domainname() != null) {
      steps.add(new NamespaceStep.SetDomainname(spec.domainname()));
    }
    linux
        .sysctl()
        .forEach((name, value) ->
            steps.add(new ProcessStep.WriteProc(mounts.place(Sysctls.path(name)), value)));
  }

  private void workingDirectory() {
    if (!process.cwd().equals("/")) {
      steps.add(new MountStep.MakeMountPoint(process.cwd(), true));
    }
  }

  /// The limits come last: the container's limit of open files is not for what is opened before.
  private void limits() throws StartException {
    if (!entersAsRoot()) {
      oomScore();
    }
    scheduling();
    steps.add(new ProcessStep.Umask(umask()));
    if (!process.cwd().equals("/")) {
      steps.add(new ProcessStep.EnterDirectory(process.cwd()));
    }
    steps.addAll(rlimits());
  }

  private void scheduling() throws StartException {
    if (linux.personality() != null) {
      steps.add(Scheduling.personality(linux.personality()));
    }
    if (linux.memoryPolicy() != null) {
      steps.add(Scheduling.memoryPolicy(linux.memoryPolicy()));
    }
    if (process.scheduler() != null) {
      steps.add(Scheduling.scheduler(process.scheduler()));
    }
    if (process.ioPriority() != null) {
      steps.add(Scheduling.ioPriority(process.ioPriority()));
    }
  }

  /// The container's root, too, is another user outside.
  private void ownStreams(List<Step> agent) throws StartException {
    long outside = AgentPlan.outside(linux, process.user().uid());
    if (outside >= 0) {
      streams.own(outside).ifPresent(agent::add);
    }
  }

  private void identity() throws StartException {
    if (!entersAsRoot() && process.user().uid() != 0) {
      streams.own(process.user().uid()).ifPresent(steps::add);
    }
    boolean ranges =
        user.isPresent()
            && (entersAsRoot()
                || AgentPlan.maps(linux, user.get()).filter(m -> !m.isOwn()).isPresent());
    boolean setsGroups =
        !IdentityPlan.keepsGroups(spec) && (user.isPresent() ? ranges : host.users().setsGroups());
    int handed = Descriptors.moved(passed + joined.size());
    var late = Limits.late(process.rlimits());
    var handover =
        launch
            .creation()
            .map(creation ->
                new Handover(
                    Handover.Start.WHEN_TOLD, creation.preserved(), handed, Optional.empty(), late))
            .orElse(
                Handover.of(launch.init() ? Handover.Start.BELOW_AN_INIT : Handover.Start.AT_ONCE));
    steps.addAll(
        IdentityPlan.of(
            IdentityPlan.withKeptGroups(process, spec),
            linux.seccomp(),
            user.isPresent() ? host.asRoot() : host,
            setsGroups,
            host.tracedBy(),
            handover));
  }

  private List<ProcessStep.SetRlimit> rlimits() throws StartException {
    if (launch.creation().isPresent()) {
      return Limits.early(process.rlimits());
    }
    var limits = new ArrayList<ProcessStep.SetRlimit>();
    for (var limit : process.rlimits()) {
      limits.add(Limits.step(limit));
    }
    return limits;
  }

  /// Who has changed its user does not own its files of /proc any more.
  private void oomScore() {
    if (process.oomScoreAdj() != null) {
      steps.add(
          new ProcessStep.WriteProc(
              "/proc/self/oom_score_adj", Integer.toString(process.oomScoreAdj())));
    }
  }

  private int umask() {
    Long umask = process.user().umask();
    return umask == null ? 0022 : umask.intValue();
  }

  private static NamespaceKind kind(Namespace namespace) throws StartException {
    for (var kind : NamespaceKind.values()) {
      if (kind.ociName().equals(namespace.type())) {
        return kind;
      }
    }
    throw new StartException("unknown namespace type: " + namespace.type(), "");
  }

  private static <T> T present(@org.jspecify.annotations.Nullable T part, String name)
      throws StartException {
    if (part == null) {
      throw new StartException("the specification has no " + name, "");
    }
    return part;
  }
}
