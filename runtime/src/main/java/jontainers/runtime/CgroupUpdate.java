package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jontainers.linux.DeviceFilter;
import jontainers.linux.RawText;
import jontainers.oci.Cpu;
import jontainers.oci.Memory;
import jontainers.oci.Resources;
import org.jspecify.annotations.Nullable;

/// Change the limits of a container that is there.
///
/// @param directories by hierarchy
/// @param host with those hierarchies alone
record CgroupUpdate(Map<CgroupHierarchy, Path> directories, Host host) {

  static CgroupUpdate of(List<String> cgroups, Host host) throws StartException {
    var directories = new HashMap<CgroupHierarchy, Path>();
    for (String cgroup : cgroups) {
      var path = RawText.path(cgroup);
      host.cgroups().stream()
          .filter(hierarchy -> path.startsWith(hierarchy.mountPoint()))
          .max(Comparator.comparingInt(h -> h.mountPoint().getNameCount()))
          .ifPresent(hierarchy -> directories.put(hierarchy, path));
    }
    if (directories.isEmpty()) {
      throw new StartException("the container has no cgroup that could limit it", "");
    }
    return new CgroupUpdate(Map.copyOf(directories), host);
  }

  /// Write what is set; zeros say that nothing is meant, as Docker sends them.
  ///
  /// Version 1 keeps the limit of memory below that of memory and swap at any time, so which of the
  /// two is written first depends on what is there: what is refused is tried once more at the end.
  void write(Resources resources) throws IOException {
    var settings =
        CgroupSettings.of(
                host,
                hierarchy -> directories.getOrDefault(hierarchy, hierarchy.mountPoint()),
                meant(resources))
            .settings();
    var refused = new ArrayList<CgroupSettings.Setting>();
    for (var setting : settings) {
      if (!directories.containsValue(setting.directory())) {
        throw new StartException(
            "cannot set "
                + setting.files().getFirst()
                + ": container could not join or create cgroup",
            "");
      }
      try {
        Cgroup.write(setting);
      } catch (StartException e) {
        refused.add(setting);
      }
    }
    for (var setting : refused) {
      Cgroup.write(setting);
    }
    devices(resources);
  }

  private void devices(Resources resources) throws IOException {
    if (resources.devices().isEmpty()) {
      return;
    }
    boolean first =
        directories.values().stream().anyMatch(d -> Files.exists(d.resolve("devices.allow")));
    for (var directory : directories.values()) {
      if (Files.exists(directory.resolve("devices.allow"))) {
        for (var rule : resources.devices()) {
          Cgroup.write(directory.resolve(rule.allow() ? "devices.allow" : "devices.deny"), rule);
        }
      } else if (!first && Files.exists(directory.resolve("cgroup.subtree_control"))) {
        new DeviceFilter(resources.devices().stream().map(Cgroup::filterRule).toList())
            .replace(directory);
      }
    }
  }

  /// Memory without a limit means swap without one, unless that is named, as with runc and crun.
  static Resources withSwap(Resources resources, Host host) throws IOException {
    var memory = resources.memory();
    if (memory == null
        || memory.limit() == null
        || memory.limit() >= 0
        || meant(memory.swap()) != null
        || !host.limitsSwap()) {
      return resources;
    }
    return resources.withMemory(memory.withSwap(-1));
  }

  /// Leave out zeros, which stand for what was not said.
  static Resources meant(Resources resources) {
    return new Resources(
        resources.devices(),
        meant(resources.memory()),
        meant(resources.cpu()),
        resources.pids(), // 0 is a limit: runc 1.5, specification 1.3
        resources.blockIO(),
        resources.hugepageLimits(),
        resources.network(),
        resources.rdma(),
        resources.unified());
  }

  private static @Nullable Memory meant(@Nullable Memory memory) {
    return memory == null
        ? null
        : new Memory(
            meant(memory.limit()),
            meant(memory.reservation()),
            meant(memory.swap()),
            null,
            null,
            memory.swappiness(),
            memory.disableOOMKiller(),
            memory.useHierarchy(),
            memory.checkBeforeUpdate());
  }

  private static @Nullable Cpu meant(@Nullable Cpu cpu) {
    return cpu == null
        ? null
        : new Cpu(
            meant(cpu.shares()),
            meant(cpu.quota()),
            cpu.burst(),
            meant(cpu.period()),
            meant(cpu.realtimeRuntime()),
            meant(cpu.realtimePeriod()),
            cpu.cpus(),
            cpu.mems(),
            cpu.idle());
  }

  private static @Nullable Long meant(@Nullable Long value) {
    return value == null || value == 0 ? null : value;
  }
}
