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
/// Detached mounts have numbers: those of the specification's mounts first, then its devices, then
/// the container's own cgroups, then the host's files for hooks.
final class MountPlan {
  private static final Path DEV = Path.of("/dev");
  private static final List<Path> UNCOVERED = List.of(Path.of("/proc"), Path.of("/sys"), DEV);

  private final Spec spec;
  private final Host host;
  private final ContainerPlan.Files files;
  private final Context context;
  private final List<Device> devices;
  private final List<IdMaps> idMaps = new ArrayList<>();
  private final Linux linux;

  /// What else of a container decides about its mounts.
  ///
  /// @param user whether it has a user namespace
  /// @param userDescriptor that of the user namespace, where one is joined
  /// @param passed how many descriptors are passed before those of mounts' own user namespaces
  /// @param cgroupNamespace whether it has a cgroup namespace
  /// @param created whether it is made as runtime.md says, with the default devices of
  ///   config-linux.md
  record Context(
      boolean user,
      int userDescriptor,
      int passed,
      boolean cgroupNamespace,
      boolean created,
      Cgroup cgroup) {}

  MountPlan(Spec spec, Linux linux, Host host, ContainerPlan.Files files, Context context)
      throws StartException {
    this.spec = spec;
    this.linux = linux;
    this.host = host;
    this.files = files;
    this.context = context;
    this.devices = context.created() ? Devices.withDefaults(linux.devices()) : linux.devices();
    for (var mount : spec.mounts()) {
      if (!mount.uidMappings().isEmpty() || !mount.gidMappings().isEmpty()) {
        var maps = AgentPlan.idMaps(mount.uidMappings(), mount.gidMappings());
        if (!idMaps.contains(maps)) {
          idMaps.add(maps);
        }
      }
    }
  }

  /// Return the ids of mounts that are shown with other owners, a user namespace for each.
  List<IdMaps> idMaps() {
    return List.copyOf(idMaps);
  }

  /// Return the number of the detached mount that holds the host's files for hooks.
  int hostTree() {
    return spec.mounts().size() + devices.size() + context.cgroup().directories().size();
  }

  /// Trees that share mounts with the host are taken hold of before the cut, in a first round; the
  /// second is made inside the new root.
  List<Step> trees() throws StartException {
    var trees = new ArrayList<Step>();
    for (int i = 0; i < spec.mounts().size(); i++) {
      var mount = spec.mounts().get(i);
      var options = MountOptions.parse(mount.options());
      if (options.bind()) {
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
    boolean shared = (options.propagation() & MountStep.MS_SHARED) != 0;
    return shared && String.valueOf(linux.rootfsPropagation()).endsWith("shared")
        ? MountStep.Ties.PEER
        : MountStep.Ties.SLAVE;
  }

  private int deviceTree(int index) {
    return spec.mounts().size() + index;
  }

  private int cgroupTree(int index) {
    return spec.mounts().size() + devices.size() + index;
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
        && spec.mounts().stream().anyMatch(mount -> "cgroup".equals(mount.type()));
  }

  /// Where /dev is the host's own, nothing may be made there; and in none that a configuration for
  /// `create` gives.
  private boolean hasHostsDev() {
    return spec.mounts().stream()
        .filter(MountPlan::isDev)
        .filter(mount -> MountOptions.parse(mount.options()).bind())
        .anyMatch(mount ->
            context.created() || RawText.path(text(mount.source())).normalize().equals(DEV));
  }

  /// Make the kernel's filesystems while the host's are still to be seen.
  void make(List<Step> steps) {
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
  }

  /// Attach everything in the new root.
  void mount(List<Step> steps) throws StartException {
    for (int i = 0; i < spec.mounts().size(); i++) {
      var mount = spec.mounts().get(i);
      Destinations.check(mount);
      mount(steps, mount, MountOptions.parse(mount.options()), i);
    }
    requireUncovered(steps);
    var copied = copiedUp();
    if (!copied.isEmpty()) {
      steps.add(new LifecycleStep.Pause(LifecycleStep.Pause.Reason.COPY_UP));
      copied.stream()
          .filter(mount -> MountOptions.parse(mount.options()).readonly())
          .forEach(mount -> steps.add(new MountStep.ReadonlyMount(mount.destination())));
    }
  }

  private void mount(List<Step> steps, Mount mount, MountOptions options, int tree) {
    String source = text(mount.source());
    String type = text(mount.type());
    boolean directory = !options.bind() || files.isDirectory(source);
    steps.add(new MountStep.MakeMountPoint(mount.destination(), directory, mountedAbove(tree)));
    if (options.bind()) {
      steps.add(
          new MountStep.AttachTree(
              source, tree, mount.destination(), options, where(tree), kernelsBefore(tree)));
    } else if (isKernels(mount)) {
      steps.add(new MountStep.AttachFilesystem(type, tree, mount.destination()));
    } else if (type.equals("cgroup")) {
      if (bindsCgroups()) {
        CgroupMounts.bind(
            steps, host, context.cgroup(), cgroupTree(0), mount.destination(), options);
      } else {
        CgroupMounts.add(steps, host, mount.destination(), options);
      }
    } else if (copiesUp(mount)) {
      steps.add(new MountStep.HoldMount(mount.destination(), Descriptors.tree(tree)));
      steps.add(
          new MountStep.MountFilesystem(
              type,
              source,
              mount.destination(),
              options.writable(),
              where(tree),
              kernelsBefore(tree)));
    } else {
      steps.add(
          new MountStep.MountFilesystem(
              type, source, mount.destination(), options, where(tree), kernelsBefore(tree)));
    }
    if (isNewDev(mount)) {
      steps.add(new MountStep.HoldMount(DEV.toString(), Descriptors.DEV));
    }
  }

  /// The innermost place of an earlier mount that is above a mount by name.
  private String mountedAbove(int index) {
    String place = spec.mounts().get(index).destination();
    String above = "";
    for (var earlier : spec.mounts().subList(0, index)) {
      String other = earlier.destination();
      if (place.startsWith(other + "/") && other.length() > above.length()) {
        above = other;
      }
    }
    return above;
  }

  /// Directly in a /dev that was just mounted there are no links yet, and none in the place of /dev
  /// itself is followed.
  private MountStep.Where where(int index) {
    var mount = spec.mounts().get(index);
    boolean ownDev = spec.mounts().subList(0, index).stream().anyMatch(MountPlan::isNewDev);
    boolean inDev = ownDev && DEV.equals(normal(mount).getParent());
    return isNewDev(mount) || inDev ? MountStep.Where.KNOWN : MountStep.Where.WHEREVER_LINKS_LEAD;
  }

  private static boolean isNewDev(Mount mount) {
    return isDev(mount) && !MountOptions.parse(mount.options()).bind();
  }

  /// The kernel's filesystems that are there before a mount, and in which it was not asked to be.
  private List<MountStep.Held> kernelsBefore(int index) {
    var place = normal(spec.mounts().get(index));
    var kernels = new ArrayList<MountStep.Held>();
    for (int i = 0; i < index; i++) {
      var mount = spec.mounts().get(i);
      if (isKernels(mount) && !place.startsWith(normal(mount))) {
        kernels.add(new MountStep.Held(i, mount.destination()));
      }
    }
    return kernels;
  }

  /// What was mounted last on /proc, /sys and /dev by name has to be what is seen there.
  private void requireUncovered(List<Step> steps) {
    for (var path : UNCOVERED) {
      for (int i = spec.mounts().size() - 1; i >= 0; i--) {
        var mount = spec.mounts().get(i);
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

  /// Return the mounts that begin with what they cover.
  private List<Mount> copiedUp() {
    return spec.mounts().stream().filter(MountPlan::copiesUp).toList();
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
    for (int i = 0; i < spec.mounts().size(); i++) {
      var mount = spec.mounts().get(i);
      if (RawText.path(path).startsWith(RawText.path(mount.destination()))) {
        place = isKernels(mount) ? Place.below(i, mount.destination(), path) : Place.inRoot(path);
      }
    }
    return place;
  }

  void devices(List<Step> steps, Process process) {
    if (!hasHostsDev()) {
      nodes(steps);
      steps.addAll(Devices.LINKS);
    }
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
              : Devices.node(device));
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
