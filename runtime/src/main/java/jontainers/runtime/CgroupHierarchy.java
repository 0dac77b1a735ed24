package jontainers.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A mounted cgroup hierarchy: cgroups(7).
///
/// @param version 1 or 2
/// @param mountPoint where its root is
/// @param controllers of version 1, the controllers bound to it; empty for version 2
public record CgroupHierarchy(int version, Path mountPoint, Set<String> controllers) {
  public CgroupHierarchy {
    controllers = Set.copyOf(controllers);
  }

  /// Find the hierarchies in the lines of /proc/PID/mountinfo (proc_pid_mountinfo(5)); each once.
  static List<CgroupHierarchy> parse(List<String> mountinfo) {
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
      found.add(
          new CgroupHierarchy(
              second ? 2 : 1, Path.of(unescape(head[4])), second ? Set.of() : options(tail[2])));
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
