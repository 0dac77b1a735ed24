package jontainers.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import jontainers.linux.IdMaps;
import jontainers.linux.RawText;
import jontainers.oci.Device;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Process;
import jontainers.oci.Root;
import jontainers.oci.Spec;
import jontainers.runtime.step.Descriptors;
import jontainers.runtime.step.DeviceStep;
import jontainers.runtime.step.LifecycleStep;
import jontainers.runtime.step.MountOptions;
import jontainers.runtime.step.MountStep;
import jontainers.runtime.step.Place;
import jontainers.runtime.step.Step;
import org.jspecify.annotations.Nullable;

/// Decide on the steps about what a container sees as its files: mounts, devices, what is hidden.
///
/// Mounts are made in the order in which they are listed (config.md, "Mounts"), while the host's
/// files are still there: a source may be an earlier mount of the same container, and an overlay's
/// directories are paths of the host. Detached mounts have numbers: those of the specification's
/// mounts first, then its devices, then the container's own cgroups, then the host's files for
/// hooks, then what is made read-only at the end.
final class MountPlan {
  private static final Path ROOT = Path.of("/");
  private static final Path DEV = Path.of("/dev");
  private static final List<Path> UNCOVERED = List.of(Path.of("/proc"), Path.of("/sys"), DEV);

  private final Spec spec;
  private final Host host;
  private final ContainerPlan.Files files;
  private final Context context;
  private final List<Device> devices;
  private final List<IdMaps> idMaps = new ArrayList<>();
  private final Linux linux;
  private final List<Mount> mounts = new ArrayList<>();

  /// What else of a container decides about its mounts.
  ///
  /// @param user whether it has a user namespace
  /// @param userDescriptor that of the user namespace, where one is joined
  /// @param passed how many descriptors are passed before those of mounts' own user namespaces
  /// @param cgroupNamespace whether it has a cgroup namespace
  /// @param created whether it is made as runtime.md says, with the default devices of
  ///   config-linux.md
  /// @param agentsTrees whether the agent takes hold of trees of the host: inside its user
  ///   namespace the container's root may not reach them
  record Context(
      boolean user,
      int userDescriptor,
      int passed,
      boolean cgroupNamespace,
      boolean created,
      boolean agentsTrees,
      Cgroup cgroup) {}

  MountPlan(Spec spec, Linux linux, Host host, ContainerPlan.Files files, Context context)
      throws StartException {
    this.spec = spec;
    this.linux = linux;
    this.host = host;
    this.files = files;
    this.context = context;
    var given = linux.devices().stream().map(Devices::plain).toList();
    this.devices = context.created() ? Devices.withDefaults(given) : given;
    for (var mount : spec.mounts()) {
      mounts.add(placed(Destinations.absolute(mount)));
    }
    for (var mount : mounts) {
      if (!mount.uidMappings().isEmpty() || !mount.gidMappings().isEmpty()) {
        var maps = AgentPlan.idMaps(mount.uidMappings(), mount.gidMappings());
        if (!idMaps.contains(maps)) {
          idMaps.add(maps);
        }
      }
    }
  }

  /// Let a mount on a link that leads nowhere yet be one on what it names, and so where that is
  /// covered by an earlier mount. What an earlier mount covers is not there any more, and the
  /// kernel's filesystems are mounted on no link. A link into them stays one: whoever wrote the
  /// configuration has not asked for a mount there.
  private Mount placed(Mount mount) throws StartException {
    boolean strict = isKernels(mount) || isNewDev(mount) || "cgroup".equals(mount.type());
    var place = normal(mount);
    if (strict || mounts.stream().anyMatch(earlier -> place.startsWith(normal(earlier)))) {
      return mount;
    }
    String root = spec.root() == null ? "/" : spec.root().path();
    var end = files.followed(root, mount.destination());
    var followed = Destinations.at(end.path(), mount);
    var covering =
        mounts.stream()
            .filter(earlier -> normal(followed).startsWith(normal(earlier)))
            .filter(earlier -> !normal(followed).equals(normal(earlier)))
            .toList();
    boolean covered = covering.stream().anyMatch(earlier -> !isNewDev(earlier));
    boolean leads = covered || !end.there();
    return leads && covering.stream().noneMatch(MountPlan::isKernels) ? followed : mount;
  }

  /// Tell whether what is bound is a directory, where it may be made by an earlier mount only.
  private boolean isDirectory(String source, int index) {
    var root = RawText.path(spec.root() == null ? "/" : spec.root().path());
    var path = RawText.path(source).normalize();
    for (int i = index - 1; i >= 0 && path.startsWith(root); i--) {
      var earlier = mounts.get(i);
      var place = root.resolve(ROOT.relativize(normal(earlier)));
      if (path.startsWith(place)) {
        var below = RawText.path(text(earlier.source())).resolve(place.relativize(path));
        return !MountOptions.parse(earlier.options()).bind() || isDirectory(RawText.of(below), i);
      }
    }
    return files.isDirectory(source);
  }

  /// Return the ids of mounts that are shown with other owners, a user namespace for each.
  List<IdMaps> idMaps() {
    return List.copyOf(idMaps);
  }

  /// Return the number of the detached mount that holds the host's files for hooks.
  int hostTree() {
    return mounts.size() + devices.size() + context.cgroup().directories().size();
  }

  /// Take hold of what cannot be taken hold of later: trees that share mounts with the host, before
  /// the cut, and what only the agent can reach.
  List<Step> trees() throws StartException {
    var trees = new ArrayList<Step>();
    for (int i = 0; i < mounts.size(); i++) {
      var mount = mounts.get(i);
      var options = MountOptions.parse(mount.options());
      if (options.bind() && isEarly(options)) {
        trees.add(tree(mount, options, i));
      }
    }
    if (bindsDevices()) {
      for (int i = 0; i < devices.size(); i++) {
        if (!Devices.isPipe(devices.get(i))) {
          trees.add(new MountStep.OpenTree(node(devices.get(i)), false, deviceTree(i)));
        }
      }
    }
    if (bindsCgroups()) {
      var directories = context.cgroup().directories();
      for (int i = 0; i < directories.size(); i++) {
        trees.add(
            new MountStep.OpenTree(RawText.of(directories.get(i).path()), false, cgroupTree(i)));
      }
    }
    return trees;
  }

  private boolean isEarly(MountOptions options) {
    return context.agentsTrees() || ties(options) == MountStep.Ties.PEER;
  }

  private Step tree(Mount mount, MountOptions options, int index) throws StartException {
    boolean own = !mount.uidMappings().isEmpty() || !mount.gidMappings().isEmpty();
    if (own) {
      int maps = idMaps.indexOf(AgentPlan.idMaps(mount.uidMappings(), mount.gidMappings()));
      var ids =
          options.ids() == MountOptions.Ids.AS_THEY_ARE ? MountOptions.Ids.MAPPED : options.ids();
      return new MountStep.OpenTree(
          text(mount.source()),
          options.recursive(),
          index,
          ids,
          Descriptors.moved(context.passed() + maps),
          ties(options));
    }
    if (options.ids() != MountOptions.Ids.AS_THEY_ARE && !context.user()) {
      throw new StartException(
          "the mount " + mount.destination() + " maps ids, and there is no user namespace",
          "leave idmap out, give it uidMappings and gidMappings, or give the container a user"
              + " namespace");
    }
    return new MountStep.OpenTree(
        text(mount.source()),
        options.recursive(),
        index,
        options.ids(),
        context.userDescriptor(),
        ties(options));
  }

  /// What is mounted in the container shows on the host only where both the mount and the root are
  /// asked to be shared, as with runc.
  private MountStep.Ties ties(MountOptions options) {
    if (options.isPrivate()) {
      return MountStep.Ties.PRIVATE;
    }
    boolean shared = (options.propagation() & MountStep.MS_SHARED) != 0;
    return shared && String.valueOf(linux.rootfsPropagation()).endsWith("shared")
        ? MountStep.Ties.PEER
        : MountStep.Ties.SLAVE;
  }

  private int deviceTree(int index) {
    return mounts.size() + index;
  }

  private int cgroupTree(int index) {
    return mounts.size() + devices.size() + index;
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
    return (context.user() || host.users().nested()) && !hasHostsDev();
  }

  /// Without a namespace that begins at the container's own cgroups, version 1 would show all. In a
  /// user namespace version 2 cannot even be mounted then (EPERM), and to show all by other means
  /// would let the container write to the cgroups of whoever makes it (CVE-2023-25809).
  private boolean bindsCgroups() {
    return !context.cgroupNamespace()
        && (CgroupMounts.isFirstVersion(host) || context.user() || host.users().nested())
        && mounts.stream().anyMatch(mount -> "cgroup".equals(mount.type()));
  }

  /// Where /dev is the host's own, nothing may be made there; and in none that a configuration for
  /// `create` gives.
  private boolean hasHostsDev() {
    return mounts.stream()
        .filter(MountPlan::isDev)
        .filter(mount -> MountOptions.parse(mount.options()).bind())
        .anyMatch(mount ->
            context.created() || RawText.path(text(mount.source())).normalize().equals(DEV));
  }

  /// Make and attach the mounts in the new root.
  void mount(List<Step> steps) throws StartException {
    for (int i = 0; i < mounts.size(); i++) {
      var mount = mounts.get(i);
      Destinations.check(mount);
      mount(steps, mount, MountOptions.parse(mount.options()), i);
    }
    requireUncovered(steps);
    if (mounts.stream().anyMatch(MountPlan::copiesUp)) {
      steps.add(new LifecycleStep.Pause(LifecycleStep.Pause.Reason.COPY_UP));
    }
  }

  /// What is in memory is filled, with mount points and nodes as well, before it is read-only.
  void makeReadonly(List<Step> steps) {
    for (int i = 0; i < mounts.size(); i++) {
      if (isReadonlyAtTheEnd(mounts.get(i))) {
        steps.add(new MountStep.ReadonlyHeld(mounts.get(i).destination(), held(i)));
      }
    }
  }

  private static boolean isReadonlyAtTheEnd(Mount mount) {
    var options = MountOptions.parse(mount.options());
    return !options.bind() && "tmpfs".equals(mount.type()) && options.forOneMount().readonly();
  }

  private int held(int index) {
    return Descriptors.tree(hostTree() + 1 + index);
  }

  private void mount(List<Step> steps, Mount mount, MountOptions options, int tree)
      throws StartException {
    String source = text(mount.source());
    String type = text(mount.type());
    boolean directory = !options.bind() || isDirectory(source, tree);
    if (options.bind() && !isEarly(options)) {
      steps.add(tree(mount, options, tree));
    } else if (isKernels(mount) && !options.bind()) {
      steps.add(
          new MountStep.MakeFilesystem(
              type, source, options.forOneMount(), Descriptors.tree(tree)));
    } else if (keepsMode(mount, options)) {
      steps.add(new MountStep.HoldDirectory(mount.destination(), Descriptors.tree(tree)));
    }
    steps.add(
        new MountStep.MakeMountPoint(
            mount.destination(), directory, mountedAbove(tree), dev(tree)));
    if (options.bind()) {
      steps.add(
          new MountStep.AttachTree(
              source,
              directory,
              tree,
              mount.destination(),
              options,
              where(tree),
              kernelsBefore(tree)));
    } else if (isKernels(mount)) {
      steps.add(new MountStep.AttachFilesystem(type, tree, mount.destination()));
    } else if (type.equals("cgroup")) {
      if (bindsCgroups()) {
        CgroupMounts.bind(
            steps,
            host,
            context.cgroup(),
            cgroupTree(0),
            mount.destination(),
            options.forOneMount());
      } else {
        CgroupMounts.add(steps, host, mount.destination(), options.forOneMount());
      }
    } else {
      if (copiesUp(mount)) {
        steps.add(new MountStep.HoldMount(mount.destination(), Descriptors.tree(tree)));
      }
      boolean late = isReadonlyAtTheEnd(mount);
      steps.add(
          new MountStep.MountFilesystem(
              type,
              source,
              mount.destination(),
              late ? options.forOneMount().writable() : options.forOneMount(),
              where(tree),
              kernelsBefore(tree),
              late ? held(tree) : MountStep.MountFilesystem.NOT_HELD,
              keepsMode(mount, options)
                  ? Descriptors.tree(tree)
                  : MountStep.MountFilesystem.NOT_HELD));
    }
    if (isNewDev(mount)) {
      steps.add(new MountStep.HoldMount(DEV.toString(), Descriptors.DEV));
    }
  }

  /// A filesystem in memory for which no mode is given has the one of the directory it covers.
  private static boolean keepsMode(Mount mount, MountOptions options) {
    return "tmpfs".equals(mount.type())
        && !options.bind()
        && !options.copiesUp()
        && options.data().stream().noneMatch(option -> option.startsWith("mode="));
  }

  /// The innermost place of an earlier mount that is above a mount by name.
  private String mountedAbove(int index) {
    String place = mounts.get(index).destination();
    String above = "";
    for (var earlier : mounts.subList(0, index)) {
      String other = earlier.destination();
      if (place.startsWith(other + "/") && other.length() > above.length()) {
        above = other;
      }
    }
    return above;
  }

  /// None in the place of /dev itself is followed, and what is directly in a /dev that was just
  /// mounted is reached by its descriptor.
  private MountStep.Where where(int index) {
    var mount = mounts.get(index);
    boolean plain = RawText.of(normal(mount)).equals(mount.destination());
    if (plain && DEV.equals(normal(mount).getParent()) && dev(index) == DeviceStep.Dev.HELD) {
      return MountStep.Where.IN_HELD_DEV;
    }
    return isNewDev(mount) ? MountStep.Where.KNOWN : MountStep.Where.WHEREVER_LINKS_LEAD;
  }

  /// Whether /dev has just been mounted when it is a mount's turn.
  private DeviceStep.Dev dev(int index) {
    return mounts.subList(0, index).stream().anyMatch(MountPlan::isNewDev)
        ? DeviceStep.Dev.HELD
        : DeviceStep.Dev.BY_PATH;
  }

  private static boolean isNewDev(Mount mount) {
    return isDev(mount) && !MountOptions.parse(mount.options()).bind();
  }

  /// The kernel's filesystems that are there before a mount, and in which it was not asked to be.
  private List<MountStep.Held> kernelsBefore(int index) {
    var place = normal(mounts.get(index));
    var kernels = new ArrayList<MountStep.Held>();
    for (int i = 0; i < index; i++) {
      var mount = mounts.get(i);
      if (isKernels(mount) && !place.startsWith(normal(mount))) {
        kernels.add(new MountStep.Held(i, mount.destination()));
      }
    }
    return kernels;
  }

  /// What was mounted last on /proc, /sys and /dev by name has to be what is seen there.
  private void requireUncovered(List<Step> steps) {
    for (var path : UNCOVERED) {
      for (int i = mounts.size() - 1; i >= 0; i--) {
        var mount = mounts.get(i);
        if (normal(mount).equals(path)) {
          boolean bind = MountOptions.parse(mount.options()).bind();
          if (isKernels(mount)) {
            steps.add(new MountStep.RequireMount(RawText.of(path), Descriptors.tree(i)));
          } else if (path.equals(DEV) && !bind) {
            steps.add(new MountStep.RequireMount(RawText.of(path), Descriptors.DEV));
          }
          break;
        }
      }
    }
  }

  private static Path normal(Mount mount) {
    return RawText.path(mount.destination()).normalize();
  }

  private static boolean isDev(Mount mount) {
    return normal(mount).equals(DEV);
  }

  static boolean copiesUp(Mount mount) {
    return "tmpfs".equals(mount.type()) && MountOptions.parse(mount.options()).copiesUp();
  }

  private static boolean isKernels(Mount mount) {
    return "proc".equals(mount.type()) || "sysfs".equals(mount.type());
  }

  /// Find a file of the kernel below the mount that it is in.
  Place place(String path) {
    var place = Place.inRoot(path);
    for (int i = 0; i < mounts.size(); i++) {
      var mount = mounts.get(i);
      if (RawText.path(path).startsWith(RawText.path(mount.destination()))) {
        place = isKernels(mount) ? Place.below(i, mount.destination(), path) : Place.inRoot(path);
      }
    }
    return place;
  }

  void devices(List<Step> steps) {
    if (!hasHostsDev()) {
      nodes(steps);
      steps.addAll(Devices.links(dev(mounts.size())));
    }
  }

  void terminal(List<Step> steps, Process process) {
    if (process.terminal()) {
      var size = process.consoleSize();
      steps.add(
          new DeviceStep.OpenTerminal(
              size == null ? 0 : (int) size.height(),
              size == null ? 0 : (int) size.width(),
              process.user().uid()));
    }
  }

  private void nodes(List<Step> steps) {
    var directories = new LinkedHashSet<Path>();
    for (int i = 0; i < devices.size(); i++) {
      var device = devices.get(i);
      var directory = RawText.path(device.path()).getParent();
      if (directory != null && !directory.equals(DEV) && directories.add(directory)) {
        steps.add(new MountStep.MakeMountPoint(RawText.of(directory), true));
      }
      steps.add(
          bindsDevices() && !Devices.isPipe(device)
              ? new DeviceStep.BindDevice(device.path(), deviceTree(i))
              : Devices.node(device, dev(mounts.size())));
    }
  }

  void hide(List<Step> steps, Root root) {
    if (!linux.maskedPaths().isEmpty()) {
      steps.add(new MountStep.HoldNull());
    }
    linux.maskedPaths().forEach(path -> steps.add(new MountStep.MaskPath(place(path))));
    linux.readonlyPaths().forEach(path -> steps.add(new MountStep.ReadonlyPath(place(path))));
    if (root.readonly()) {
      steps.add(new MountStep.ReadonlyMount("/"));
    }
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }
}
