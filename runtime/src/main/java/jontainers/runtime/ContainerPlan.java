package jontainers.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Namespace;
import jontainers.oci.Process;
import jontainers.oci.Root;
import jontainers.oci.Spec;
import jontainers.runtime.step.CgroupStep;
import jontainers.runtime.step.Descriptors;
import jontainers.runtime.step.DeviceStep;
import jontainers.runtime.step.MountOptions;
import jontainers.runtime.step.MountStep;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.step.NamespaceStep;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;

/// The steps that make a container, in their order: a pure function of its specification and the
/// host.
///
/// The order is the security of it:
/// 1. The agent drops the JVM's descriptors and makes the child in new namespaces.
/// 2. The child enters its cgroups while it still sees them, then hides those above.
/// 3. Trees of the host that it shall see are opened before the root changes. From then on every
///    path resolves inside the container, so no symbolic link of an image leads out.
/// 4. proc and sysfs are mounted while the host's root is still below: in a user namespace the
///    kernel allows that only to those who see a full one.
/// 5. The host's root is let go, then paths are masked and made read-only.
/// 6. Capabilities go last but for the system call filter: see [IdentityPlan].
///
/// @param agent the agent's steps before the clone
/// @param cloning the making of the child
/// @param child the child's steps
/// @param joined the namespaces to join, whose descriptors are passed in this order
/// @param passed how many other descriptors come before those
/// @param cgroup the cgroups to make before
record ContainerPlan(
    List<Step> agent,
    NamespaceStep.CloneProcess cloning,
    List<Step> child,
    List<Namespace> joined,
    int passed,
    Cgroup cgroup) {

  /// Decide on the steps.
  ///
  /// @param callerTerminal whether the caller's terminal is passed first
  /// @param isDirectory whether a path of the host is a directory
  static ContainerPlan of(
      Launch launch, Host host, boolean callerTerminal, Predicate<String> isDirectory)
      throws StartException {
    return new Builder(launch, host, callerTerminal, isDirectory).build();
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
    private final Predicate<String> isDirectory;
    private final int passed;
    private final List<Step> steps = new ArrayList<>();
    private final List<Namespace> joined = new ArrayList<>();
    private final Set<NamespaceKind> made = EnumSet.noneOf(NamespaceKind.class);
    private final Cgroup cgroup;

    Builder(Launch launch, Host host, boolean callerTerminal, Predicate<String> isDirectory)
        throws StartException {
      this.launch = launch;
      this.host = host;
      this.isDirectory = isDirectory;
      this.passed = callerTerminal ? 1 : 0;
      this.spec = launch.spec();
      this.process = present(spec.process(), "process");
      this.root = present(spec.root(), "root");
      this.linux = present(spec.linux(), "linux");
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
      openTrees();
      rootFilesystem();
      mounts();
      devices();
      identityOfTheMachine();
      leaveTheHost();
      hide();
      limits();
      steps.addAll(IdentityPlan.of(process, linux, host, launch.init()));
      List<Step> agent =
          List.of(
              new NamespaceStep.KeepDescriptors(passed + joined.size()),
              new NamespaceStep.NewSession(),
              new ProcessStep.Umask(0));
      return new ContainerPlan(
          agent,
          Lesson.without(new NamespaceStep.CloneProcess(made), launch.without()),
          Lesson.without(steps, launch.without()),
          List.copyOf(joined),
          passed,
          cgroup);
    }

    private void namespaces() throws StartException {
      for (var namespace : linux.namespaces()) {
        var kind = kind(namespace);
        if (!host.namespaces().contains(kind)) {
          throw new StartException(
              "this kernel has no " + kind.ociName() + " namespaces",
              "use a kernel that is built with " + kind.kernelOption());
        }
        if (namespace.path() == null) {
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
        steps.add(
            new NamespaceStep.JoinNamespace(
                kind(namespace), Descriptors.moved(passed + i), String.valueOf(namespace.path())));
      }
      steps.add(new NamespaceStep.NewSession());
    }

    private void cgroups(boolean cgroupNamespace) {
      if (!cgroup.directories().isEmpty()) {
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
    private void openTrees() {
      for (int i = 0; i < spec.mounts().size(); i++) {
        var mount = spec.mounts().get(i);
        var options = MountOptions.parse(mount.options());
        if (options.bind()) {
          steps.add(new MountStep.OpenTree(text(mount.source()), options.recursive(), i));
        }
      }
    }

    private void rootFilesystem() {
      boolean slave = String.valueOf(linux.rootfsPropagation()).endsWith("slave");
      steps.add(
          slave
              ? new MountStep.Propagation(MountStep.MS_REC | MS_SLAVE, "MS_REC|MS_SLAVE")
              : new MountStep.Propagation(MountStep.MS_REC | MS_PRIVATE, "MS_REC|MS_PRIVATE"));
      for (var mount : launch.rootMounts()) {
        steps.add(
            new MountStep.MountRoot(
                text(mount.type()),
                text(mount.source()),
                mount.destination(),
                String.join(",", mount.options())));
      }
      if (launch.rootMounts().isEmpty()) {
        steps.add(new MountStep.BindRoot(root.path()));
      }
    }

    private void mounts() throws StartException {
      steps.add(new MountStep.EnterRoot(root.path()));
      for (int i = 0; i < spec.mounts().size(); i++) {
        var mount = spec.mounts().get(i);
        Destinations.check(mount);
        mount(mount, MountOptions.parse(mount.options()), i);
      }
    }

    private void mount(Mount mount, MountOptions options, int tree) {
      String source = text(mount.source());
      String type = text(mount.type());
      boolean directory = !options.bind() || isDirectory.test(source);
      steps.add(new MountStep.MakeMountPoint(mount.destination(), directory));
      if (options.bind()) {
        steps.add(new MountStep.AttachTree(source, tree, mount.destination(), options));
      } else if (type.equals("cgroup")) {
        CgroupMounts.add(steps, host, mount.destination(), options);
      } else {
        steps.add(new MountStep.MountFilesystem(type, source, mount.destination(), options));
      }
    }

    private void devices() {
      var directories = new LinkedHashSet<Path>();
      for (var device : linux.devices()) {
        var directory = Path.of(device.path()).getParent();
        if (directory != null && !directory.equals(Devices.DEV) && directories.add(directory)) {
          steps.add(new MountStep.MakeMountPoint(directory.toString(), true));
        }
        steps.add(Devices.node(device));
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
          .forEach(
              (name, value) -> steps.add(new ProcessStep.WriteProc(Sysctls.path(name), value)));
    }

    private void leaveTheHost() {
      steps.add(new MountStep.DetachOldRoot());
      if (!process.cwd().equals("/")) {
        steps.add(new MountStep.MakeMountPoint(process.cwd(), true));
      }
    }

    private void hide() {
      linux.maskedPaths().forEach(path -> steps.add(new MountStep.MaskPath(path)));
      linux.readonlyPaths().forEach(path -> steps.add(new MountStep.ReadonlyPath(path)));
      if (root.readonly()) {
        steps.add(new MountStep.ReadonlyMount("/"));
      }
    }

    /// The limits come last: the container's limit of open files is not for what is opened before.
    private void limits() throws StartException {
      if (process.oomScoreAdj() != null) {
        steps.add(
            new ProcessStep.WriteProc(
                "/proc/self/oom_score_adj", Integer.toString(process.oomScoreAdj())));
      }
      steps.add(new ProcessStep.Umask(umask()));
      if (!process.cwd().equals("/")) {
        steps.add(new ProcessStep.EnterDirectory(process.cwd()));
      }
      for (var limit : process.rlimits()) {
        steps.add(Limits.step(limit));
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
