package jontainers.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.IdMaps;
import jontainers.oci.Device;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Namespace;
import jontainers.oci.Process;
import jontainers.oci.Root;
import jontainers.oci.Spec;
import jontainers.runtime.step.CgroupStep;
import jontainers.runtime.step.Descriptors;
import jontainers.runtime.step.DeviceStep;
import jontainers.runtime.step.IdentityStep;
import jontainers.runtime.step.MountOptions;
import jontainers.runtime.step.MountStep;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.step.NamespaceStep;
import jontainers.runtime.step.Place;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;

/// The steps that make a container, in their order: a pure function of its specification and the
/// host.
///
/// The order is the security of it:
/// 1. The agent drops the JVM's descriptors and makes the child in new namespaces.
/// 2. The child enters its cgroups while it still sees them, then hides those above.
/// 3. Trees of the host that it shall see are opened before the root changes; proc and sysfs are
///    made then, too: in a user namespace the kernel allows that only to those who see a full one.
/// 4. The root changes and the host's is let go at once, before any path of the container is looked
///    up: as long as it is mounted over the new one, a link to `/..` leads to it.
/// 5. Everything is attached, then paths are masked and made read-only.
/// 6. Capabilities go last but for the system call filter: see [IdentityPlan].
///
/// With a user namespace the first half of this is the agent's: see [AgentPlan].
///
/// @param agent the agent's steps before the clone
/// @param cloning the making of the child
/// @param child the child's steps
/// @param joined the namespaces to join, whose descriptors are passed in this order; a user
///   namespace without a path is made for it
/// @param maps the ids of that user namespace
/// @param passed how many other descriptors come before those
/// @param cgroup the cgroups to make before
record ContainerPlan(
    List<Step> agent,
    NamespaceStep.CloneProcess cloning,
    List<Step> child,
    List<Namespace> joined,
    Optional<IdMaps> maps,
    int passed,
    Cgroup cgroup) {

  /// What has to be looked up in the host's files.
  interface Files {
    boolean isDirectory(String path);

    /// Find the host's node of a device.
    Optional<String> node(Device device);
  }

  /// Decide on the steps.
  ///
  /// @param callerTerminal whether the caller's terminal is passed first
  static ContainerPlan of(Launch launch, Host host, boolean callerTerminal, Files files)
      throws StartException {
    return new Builder(launch, host, callerTerminal, files).build();
  }

  /// Return all steps in order, for those who print them.
  List<Step> steps() {
    var all = new ArrayList<>(agent);
    all.add(cloning);
    all.addAll(child);
    return List.copyOf(all);
  }

  /// The state of one decision; each method adds the steps of one concern.
  private static final class Builder {
    private static final long MS_PRIVATE = 0x40000;
    private static final long MS_SLAVE = 0x80000;

    private final Spec spec;
    private final Process process;
    private final Linux linux;
    private final Root root;
    private final Launch launch;
    private final Host host;
    private final Files files;
    private final Optional<Namespace> user;
    private final int passed;
    private final List<Step> steps = new ArrayList<>();
    private final List<Namespace> joined = new ArrayList<>();
    private final Set<NamespaceKind> made = EnumSet.noneOf(NamespaceKind.class);
    private final Cgroup cgroup;

    Builder(Launch launch, Host host, boolean callerTerminal, Files files) throws StartException {
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
              : Cgroup.of(host, linux.cgroupsPath(), linux.resources());
    }

    ContainerPlan build() throws StartException {
      namespaces();
      boolean cgroupNamespace = made.remove(NamespaceKind.CGROUP);
      enterNamespaces();
      cgroups(cgroupNamespace);
      if (user.isPresent()) {
        oomScore();
        steps.add(new MountStep.BindRoot(root.path()));
      } else {
        steps.addAll(trees());
        rootFilesystem();
      }
      mounts();
      devices();
      identityOfTheMachine();
      workingDirectory();
      hide();
      limits();
      var maps = user.isPresent() ? AgentPlan.maps(linux, user.get()) : Optional.<IdMaps>empty();
      boolean setsGroups = user.isPresent() || host.users().setsGroups();
      steps.addAll(
          IdentityPlan.of(
              process, linux, user.isPresent() ? host.asRoot() : host, setsGroups, launch.init()));
      return new ContainerPlan(
          agent(),
          Lesson.without(
              new NamespaceStep.CloneProcess(made, into().isPresent()), launch.without()),
          Lesson.without(steps, launch.without()),
          List.copyOf(joined),
          maps,
          passed,
          cgroup);
    }

    private List<Step> agent() throws StartException {
      int descriptors = passed + joined.size();
      return user.isEmpty()
          ? AgentPlan.plain(descriptors, into())
          : AgentPlan.of(
              launch, linux, descriptors, userDescriptor(), userPath(), trees(), cut(), rlimits());
    }

    private int userDescriptor() {
      return user.isPresent() ? Descriptors.moved(passed + joined.indexOf(user.get())) : -1;
    }

    private String userPath() {
      return user.map(Namespace::path).orElse("a user namespace");
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
      var own = EnumSet.copyOf(made);
      for (var namespace : joined) {
        own.add(kind(namespace));
      }
      Sysctls.check(linux.sysctl(), own);
      if (!made.contains(NamespaceKind.MOUNT)) {
        throw new StartException("a container needs a mount namespace of its own", "");
      }
    }

    private void enterNamespaces() throws StartException {
      for (int i = 0; i < joined.size(); i++) {
        var namespace = joined.get(i);
        if (kind(namespace) != NamespaceKind.USER) {
          steps.add(
              new NamespaceStep.JoinNamespace(
                  kind(namespace),
                  Descriptors.moved(passed + i),
                  String.valueOf(namespace.path())));
        }
      }
      steps.add(new NamespaceStep.NewSession());
    }

    /// Return the cgroup in which the child is made: the only one, where that is of version 2. Root
    /// of a user namespace may not, and a lesson without the step needs the step.
    private Optional<String> into() {
      return user.isEmpty() && !launch.without().contains(Cgroup.WALL)
          ? cgroup.ofVersion2Alone().map(Path::toString)
          : Optional.empty();
    }

    private void cgroups(boolean cgroupNamespace) {
      if (into().isPresent()) {
        steps.add(new CgroupStep.LetGoOfCgroup());
      } else if (!cgroup.directories().isEmpty()) {
        steps.add(
            new CgroupStep.JoinCgroups(
                cgroup.directories().stream().map(Cgroup.Directory::ownTasks).toList()));
      }
      if (cgroupNamespace) {
        steps.add(new NamespaceStep.NewCgroupNamespace());
      }
    }

    /// Trees that share mounts with the host are taken hold of before the cut, in a first round;
    /// the second is made inside the new root.
    private List<Step> trees() throws StartException {
      var trees = new ArrayList<Step>();
      for (int i = 0; i < spec.mounts().size(); i++) {
        var mount = spec.mounts().get(i);
        var options = MountOptions.parse(mount.options());
        if (options.ids() != MountOptions.Ids.AS_THEY_ARE && user.isEmpty()) {
          throw new StartException(
              "the mount " + mount.destination() + " maps ids, and there is no user namespace",
              "leave idmap out, or give the container a user namespace");
        }
        if (!mount.uidMappings().isEmpty() || !mount.gidMappings().isEmpty()) {
          throw new StartException(
              "the mount " + mount.destination() + " has mappings of its own",
              "leave them out; idmap then takes those of the container's user namespace");
        }
        if (options.bind()) {
          trees.add(
              new MountStep.OpenTree(
                  text(mount.source()), options.recursive(), i, options.ids(), userDescriptor()));
        }
      }
      if (bindsDevices()) {
        for (int i = 0; i < linux.devices().size(); i++) {
          var device = linux.devices().get(i);
          if (!Devices.isPipe(device)) {
            trees.add(new MountStep.OpenTree(node(device), false, spec.mounts().size() + i));
          }
        }
      }
      return trees;
    }

    private String node(Device device) throws StartException {
      return files
          .node(device)
          .orElseThrow(() ->
              new StartException(
                  "the host has no node for the device "
                      + device.path()
                      + " ("
                      + device.major()
                      + ":"
                      + device.minor()
                      + ")",
                  "in a user namespace only devices of the host can be shown"));
    }

    /// Whoever is not root of the machine makes no devices: mknod(2).
    private boolean bindsDevices() {
      return user.isPresent() || host.users().nested();
    }

    private Step cut() {
      return String.valueOf(linux.rootfsPropagation()).endsWith("slave")
          ? new MountStep.Propagation(MountStep.MS_REC | MS_SLAVE, "MS_REC|MS_SLAVE")
          : new MountStep.Propagation(MountStep.MS_REC | MS_PRIVATE, "MS_REC|MS_PRIVATE");
    }

    private void rootFilesystem() {
      steps.add(cut());
      launch.rootMounts().forEach(mount -> steps.add(MountStep.MountRoot.of(mount)));
      if (launch.rootMounts().isEmpty()) {
        steps.add(new MountStep.BindRoot(root.path()));
      }
    }

    private void mounts() throws StartException {
      for (int i = 0; i < spec.mounts().size(); i++) {
        var mount = spec.mounts().get(i);
        if (isKernels(mount)) {
          steps.add(
              new MountStep.MakeFilesystem(
                  text(mount.type()),
                  text(mount.source()),
                  MountOptions.parse(mount.options()),
                  Descriptors.tree(i)));
        }
      }
      steps.add(new MountStep.EnterRoot(root.path()));
      steps.add(new MountStep.DetachOldRoot());
      if (user.isPresent()) {
        steps.add(new IdentityStep.BecomeRoot());
      }
      for (int i = 0; i < spec.mounts().size(); i++) {
        var mount = spec.mounts().get(i);
        Destinations.check(mount);
        mount(mount, MountOptions.parse(mount.options()), i);
      }
    }

    private void mount(Mount mount, MountOptions options, int tree) {
      String source = text(mount.source());
      String type = text(mount.type());
      boolean directory = !options.bind() || files.isDirectory(source);
      steps.add(new MountStep.MakeMountPoint(mount.destination(), directory));
      if (options.bind()) {
        steps.add(new MountStep.AttachTree(source, tree, mount.destination(), options));
      } else if (isKernels(mount)) {
        steps.add(new MountStep.AttachFilesystem(type, tree, mount.destination()));
      } else if (type.equals("cgroup")) {
        CgroupMounts.add(steps, host, mount.destination(), options);
      } else {
        steps.add(new MountStep.MountFilesystem(type, source, mount.destination(), options));
      }
    }

    private static boolean isKernels(Mount mount) {
      return "proc".equals(mount.type()) || "sysfs".equals(mount.type());
    }

    /// Find a file of the kernel below the mount that it is in.
    private Place place(String path) {
      var place = Place.inRoot(path);
      for (int i = 0; i < spec.mounts().size(); i++) {
        var mount = spec.mounts().get(i);
        if (Path.of(path).startsWith(mount.destination())) {
          place = isKernels(mount) ? Place.below(i, mount.destination(), path) : Place.inRoot(path);
        }
      }
      return place;
    }

    private void devices() {
      var directories = new LinkedHashSet<Path>();
      for (int i = 0; i < linux.devices().size(); i++) {
        var device = linux.devices().get(i);
        var directory = Path.of(device.path()).getParent();
        if (directory != null && !directory.equals(Devices.DEV) && directories.add(directory)) {
          steps.add(new MountStep.MakeMountPoint(directory.toString(), true));
        }
        steps.add(
            bindsDevices() && !Devices.isPipe(device)
                ? new DeviceStep.BindDevice(device.path(), spec.mounts().size() + i)
                : Devices.node(device));
      }
      steps.addAll(Devices.LINKS);
      if (process.terminal()) {
        var size = process.consoleSize();
        steps.add(
            new DeviceStep.OpenTerminal(
                size == null ? 0 : (int) size.height(),
                size == null ? 0 : (int) size.width(),
                process.user().uid()));
      }
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
              steps.add(new ProcessStep.WriteProc(place(Sysctls.path(name)), value)));
    }

    private void workingDirectory() {
      if (!process.cwd().equals("/")) {
        steps.add(new MountStep.MakeMountPoint(process.cwd(), true));
      }
    }

    private void hide() {
      if (!linux.maskedPaths().isEmpty()) {
        steps.add(new MountStep.HoldNull());
      }
      linux.maskedPaths().forEach(path -> steps.add(new MountStep.MaskPath(place(path))));
      linux.readonlyPaths().forEach(path -> steps.add(new MountStep.ReadonlyPath(place(path))));
      if (root.readonly()) {
        steps.add(new MountStep.ReadonlyMount("/"));
      }
    }

    /// The limits come last: the container's limit of open files is not for what is opened before.
    private void limits() throws StartException {
      if (user.isEmpty()) {
        oomScore();
      }
      steps.add(new ProcessStep.Umask(umask()));
      if (!process.cwd().equals("/")) {
        steps.add(new ProcessStep.EnterDirectory(process.cwd()));
      }
      steps.addAll(rlimits());
    }

    private List<ProcessStep.SetRlimit> rlimits() throws StartException {
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

    private static String text(@org.jspecify.annotations.Nullable String text) {
      return text == null ? "" : text;
    }

    private static <T> T present(@org.jspecify.annotations.Nullable T part, String name)
        throws StartException {
      if (part == null) {
        throw new StartException("the specification has no " + name, "");
      }
      return part;
    }
  }
}
