package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import jontainers.linux.DeviceFilter;
import jontainers.oci.DeviceRule;
import jontainers.oci.Resources;
import org.jspecify.annotations.Nullable;

/// The cgroups of one container: a directory in each hierarchy it needs.
///
/// Of version 1 the hierarchy of the controller `devices` is used and no other. The one of version
/// 2 is used where no hierarchy of version 1 has a controller.
///
/// @param directories where the container's processes go
/// @param devices the device rules, in order
public record Cgroup(List<Directory> directories, List<DeviceRule> devices) {

  /// One directory.
  ///
  /// @param hierarchy where it lies
  /// @param path the whole path
  public record Directory(CgroupHierarchy hierarchy, Path path) {
    /// Return the file into which a process of one thread writes 0 to enter.
    ///
    /// With version 1 it is `tasks`: a thread that moves itself alone need not stop all forks of
    /// the machine, as `cgroup.procs` does, which waits for an RCU grace period of milliseconds.
    String ownTasks() {
      return path.resolve(hierarchy.version() == 1 ? "tasks" : "cgroup.procs").toString();
    }
  }

  public Cgroup {
    directories = List.copyOf(directories);
    devices = List.copyOf(devices);
  }

  /// Decide which directories a container needs; pure.
  ///
  /// @param cgroupsPath relative to each hierarchy's root, with or without a leading slash
  static Cgroup of(Host host, String cgroupsPath, @Nullable Resources resources) {
    String relative = cgroupsPath.startsWith("/") ? cgroupsPath.substring(1) : cgroupsPath;
    var directories = new ArrayList<Directory>();
    boolean first = host.cgroups().stream().anyMatch(h -> h.controllers().contains("devices"));
    for (var hierarchy : host.cgroups()) {
      if (first ? hierarchy.controllers().contains("devices") : hierarchy.version() == 2) {
        directories.add(new Directory(hierarchy, hierarchy.mountPoint().resolve(relative)));
      }
    }
    return new Cgroup(directories, resources == null ? List.of() : resources.devices());
  }

  /// Make the directories and write the limits.
  void create() throws IOException {
    for (var directory : directories) {
      Files.createDirectories(directory.path());
      if (directory.hierarchy().controllers().contains("devices")) {
        for (var rule : devices) {
          write(directory.path().resolve(rule.allow() ? "devices.allow" : "devices.deny"), rule);
        }
      }
      if (directory.hierarchy().version() == 2 && !devices.isEmpty()) {
        new DeviceFilter(devices.stream().map(Cgroup::filterRule).toList())
            .attach(directory.path());
      }
    }
  }

  /// Remove the directories; what is gone already is no error.
  ///
  /// Every process of the container has been waited for, or killed with its pid namespace.
  void remove() throws IOException {
    for (var directory : directories) {
      CgroupRemoval.remove(directory.path());
    }
  }

  /// `c 1:3 rwm`, `a` for all: Documentation/admin-guide/cgroup-v1/devices.rst.
  private static void write(Path file, DeviceRule rule) throws IOException {
    String type = rule.type() == null ? "a" : rule.type().toLowerCase(Locale.ROOT);
    String line =
        type.equals("a")
            ? "a"
            : type + " " + number(rule.major()) + ":" + number(rule.minor()) + " " + rule.access();
    Files.writeString(file, line, StandardOpenOption.WRITE);
  }

  private static DeviceFilter.Rule filterRule(DeviceRule rule) {
    int access = 0;
    String asked = rule.access() == null ? "rwm" : rule.access();
    access |= asked.indexOf('m') >= 0 ? DeviceFilter.Rule.MKNOD : 0;
    access |= asked.indexOf('r') >= 0 ? DeviceFilter.Rule.READ : 0;
    access |= asked.indexOf('w') >= 0 ? DeviceFilter.Rule.WRITE : 0;
    return new DeviceFilter.Rule(
        rule.allow() ? DeviceFilter.Verdict.ALLOW : DeviceFilter.Verdict.DENY,
        switch (rule.type() == null ? "a" : rule.type()) {
          case "c" -> DeviceFilter.Type.CHARACTER;
          case "b" -> DeviceFilter.Type.BLOCK;
          default -> DeviceFilter.Type.ANY;
        },
        rule.major() == null ? -1 : rule.major(),
        rule.minor() == null ? -1 : rule.minor(),
        access);
  }

  private static String number(@Nullable Long value) {
    return value == null || value < 0 ? "*" : Long.toString(value);
  }
}
