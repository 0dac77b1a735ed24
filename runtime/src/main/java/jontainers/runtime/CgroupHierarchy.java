package jontainers.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// A mounted cgroup hierarchy: cgroups(7).
///
/// @param version 1 or 2
/// @param mountPoint where its root is
/// @param controllers those bound to it (version 1) or available in it (version 2)
public record CgroupHierarchy(int version, Path mountPoint, Set<String> controllers) {
  public CgroupHierarchy {
    controllers = Set.copyOf(controllers);
  }

  /// Tell whether this is version 1's hierarchy for device rules.
  boolean hasDevicesController() {
    return version == 1 && controllers.contains("devices");
  }

  /// Find the hierarchies in the lines of /proc/PID/mountinfo (proc_pid_mountinfo(5)); each once.
  ///
  /// @param available the controllers that version 2 has at its mount point
  static List<CgroupHierarchy> parse(
      List<String> mountinfo, Function<Path, Set<String>> available) {
    var found = new ArrayList<CgroupHierarchy>();
    var seen = new LinkedHashSet<String>();
    for (String line : mountinfo) {
      int separator = line.indexOf(" - ");
      if (separator < 0) {
        continue;
      }
      String[] head = line.substring(0, separator).split(" ");
      String[] tail = line.substring(separator + 3).split(" ");
      boolean second = tail[0].equals("cgroup2");
      if ((!second && !tail[0].equals("cgroup")) || !seen.add(head[2])) {
        continue;
      }
      var place = Path.of(unescape(head[4]));
      found.add(
          second
              ? new CgroupHierarchy(2, place, available.apply(place))
              : new CgroupHierarchy(1, place, options(tail[2])));
    }
    return List.copyOf(found);
  }

  /// A named hierarchy (`name=systemd`) has no controller.
  private static Set<String> options(String options) {
    var controllers = new LinkedHashSet<String>();
    for (String option : options.split(",")) {
      if (!option.equals("rw") && !option.equals("ro") && !option.contains("=")) {
        controllers.add(option);
      }
    }
    return controllers;
  }

  /// The kernel writes blanks, tabs, line ends and backslashes in octal.
  private static String unescape(String path) {
    if (path.indexOf('\\') < 0) {
      return path;
    }
    return path.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
