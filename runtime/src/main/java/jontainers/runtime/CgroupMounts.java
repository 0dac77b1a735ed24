package jontainers.runtime;

import java.util.List;
import jontainers.runtime.step.MountOptions;
import jontainers.runtime.step.MountStep;
import jontainers.runtime.step.Step;

/// The mount of type `cgroup`: one of cgroup2, or with version 1 a directory of one for each
/// hierarchy. The cgroup namespace makes each show the container's part only.
final class CgroupMounts {
  private CgroupMounts() {}

  static void add(List<Step> steps, Host host, String target, MountOptions options) {
    boolean first =
        host.cgroups().stream().anyMatch(h -> h.version() == 1 && !h.controllers().isEmpty());
    if (!first) {
      steps.add(new MountStep.MountFilesystem("cgroup2", "cgroup", target, options));
      return;
    }
    steps.add(
        new MountStep.MountFilesystem(
            "tmpfs",
            "cgroup",
            target,
            MountOptions.parse(List.of("nosuid", "nodev", "noexec", "mode=755"))));
    for (var hierarchy : host.cgroups()) {
      if (hierarchy.version() == 1 && !hierarchy.controllers().isEmpty()) {
        var controllers = hierarchy.controllers().stream().sorted().toList();
        String place = target + "/" + String.join(",", controllers);
        steps.add(new MountStep.MakeMountPoint(place, true));
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
