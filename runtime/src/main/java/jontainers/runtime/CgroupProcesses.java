package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import jontainers.linux.RawText;

/// The processes of a container, by its cgroups.
final class CgroupProcesses {
  private CgroupProcesses() {}

  /// List them in the order of their numbers, those of cgroups below among them.
  static List<Integer> of(List<String> cgroups) throws IOException {
    for (String directory : cgroups) {
      if (Files.exists(RawText.path(directory).resolve("cgroup.procs"))) {
        var found = new TreeSet<Integer>();
        collect(RawText.path(directory), found);
        return new ArrayList<>(found);
      }
    }
    return List.of();
  }

  private static void collect(Path directory, Set<Integer> found) throws IOException {
    CgroupFile.text(directory.resolve("cgroup.procs")).stream()
        .flatMap(String::lines)
        .map(Integer::valueOf)
        .forEach(found::add);
    try (var children = Files.newDirectoryStream(directory, Files::isDirectory)) {
      for (var child : children) {
        collect(child, found);
      }
    } catch (NoSuchFileException e) {
      // it was removed meanwhile
    }
  }
}
