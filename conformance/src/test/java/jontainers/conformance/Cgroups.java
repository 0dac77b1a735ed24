package jontainers.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The control groups of this machine: a hierarchy for each controller of version 1, or one for all
/// of version 2.
final class Cgroups {
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");

  private Cgroups() {}

  /// Return whether there is version 2 alone.
  static boolean version2() {
    return Files.exists(MOUNT.resolve("cgroup.controllers"));
  }

  /// Return what is right for the version that there is.
  static String either(String version1, String version2) {
    return version2() ? version2 : version1;
  }

  /// Return where a controller's hierarchy is mounted.
  static Path hierarchy(String controller) {
    return version2() ? MOUNT : MOUNT.resolve(controller);
  }

  /// Return the cgroups of a name, wherever they are.
  static List<Path> named(String name) throws IOException {
    try (var all = Files.find(MOUNT, 5, (path, _) -> path.endsWith(name))) {
      return all.toList();
    }
  }

  /// Return the directory of a cgroup in the hierarchy of a controller.
  static Path directory(String controller, String path) {
    return hierarchy(controller).resolve(path.startsWith("/") ? path.substring(1) : path);
  }

  /// Return the cgroup of a process in the hierarchy of a controller, from its /proc/PID/cgroup.
  static String path(List<String> lines, String controller) {
    String before = either(":" + controller + ":", "0::");
    return lines.stream()
        .filter(line -> line.contains(before))
        .map(line -> line.substring(line.lastIndexOf(':') + 1))
        .findFirst()
        .orElseThrow();
  }

  /// Make a cgroup in the hierarchy of a controller; version 2 wants it named in each one above.
  static Path make(String controller, String path) throws IOException {
    var made = hierarchy(controller);
    for (var name : Path.of(path)) {
      if (version2()) {
        Files.writeString(made.resolve("cgroup.subtree_control"), "+" + controller);
      }
      made = made.resolve(name);
      if (!Files.exists(made)) {
        Files.createDirectory(made);
      }
    }
    return made;
  }
}
