package jontainers.runtime;

import java.util.List;
import jontainers.linux.RawText;
import jontainers.runtime.step.MountOptions;
import jontainers.runtime.step.MountStep;
import jontainers.runtime.step.Step;

/// The mount of type `cgroup`: one of cgroup2, or with version 1 a directory of one for each
/// hierarchy. The cgroup namespace makes each show the container's part only; without one the
/// container's own directories can be bound instead.
final class CgroupMounts {
  private CgroupMounts() {}

  /// Tell whether this machine has controllers of version 1.
  static boolean isFirstVersion(Host host) {
    return host.cgroups().stream().anyMatch(h -> h.version() == 1 && !h.controllers().isEmpty());
  }

  /// Show the container's own directories, which were taken hold of before; a container without any
  /// sees an empty directory.
  ///
  /// @param tree the number of the first
  static void bind(
      List<Step> steps, Host host, Cgroup cgroup, int tree, String target, MountOptions options) {
    if (!isFirstVersion(host) && !cgroup.directories().isEmpty()) {
      steps.add(attach(cgroup.directories().getFirst(), tree, target, options));
      return;
    }
    steps.add(tmpfs(target));
    for (int i = 0; i < cgroup.directories().size(); i++) {
      var directory = cgroup.directories().get(i);
      if (directory.hierarchy().version() == 2) { // a hybrid's: runc shows those of version 1
        continue;
      }
      String place = target + "/" + name(directory.hierarchy());
      steps.add(new MountStep.MakeMountPoint(place, true, target));
      steps.add(attach(directory, tree + i, place, options));
    }
    if (options.readonly()) {
      steps.add(new MountStep.ReadonlyMount(target));
    }
  }

  private static MountStep.AttachTree attach(
      Cgroup.Directory directory, int tree, String place, MountOptions options) {
    return new MountStep.AttachTree(
        RawText.of(directory.path()),
        true,
        tree,
        place,
        options.withData(List.of()),
        MountStep.Where.KNOWN,
        List.of());
  }

  private static String name(CgroupHierarchy hierarchy) {
    return hierarchy.controllers().isEmpty()
        ? hierarchy.mountPoint().getFileName().toString()
        : String.join(",", hierarchy.controllers().stream().sorted().toList());
  }

  private static MountStep.MountFilesystem tmpfs(String target) {
    return new MountStep.MountFilesystem(
        "tmpfs",
        "cgroup",
        target,
        MountOptions.parse(List.of("nosuid", "nodev", "noexec", "mode=755")));
  }

  static void add(List<Step> steps, Host host, String target, MountOptions options) {
    if (!isFirstVersion(host)) {
      steps.add(new MountStep.MountFilesystem("cgroup2", "cgroup", target, options));
      return;
    }
    steps.add(tmpfs(target));
    for (var hierarchy : host.cgroups()) {
      if (hierarchy.version() == 1 && !hierarchy.controllers().isEmpty()) {
        var controllers = hierarchy.controllers().stream().sorted().toList();
        String place = target + "/" + String.join(",", controllers);
        steps.add(new MountStep.MakeMountPoint(place, true, target));
        steps.add(
            new MountStep.MountFilesystem(
                "cgroup", "cgroup", place, options.withData(controllers)));
      }
    }
    if (options.readonly()) {
      steps.add(new MountStep.ReadonlyMount(target));
    }
  }
}
