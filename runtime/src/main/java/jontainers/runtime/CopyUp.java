package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Path;
import jontainers.linux.Directory;
import jontainers.linux.Fd;
import jontainers.linux.TreeCopy;
import jontainers.oci.Spec;
import jontainers.runtime.step.Descriptors;

/// Fill filesystems in memory with what they cover: the mount option `tmpcopyup`.
///
/// The child stands in its new root and holds what is covered; both are reached by their links in
/// /proc. Whatever is copied is opened relative to directories that are open, and no link is
/// followed.
final class CopyUp {
  private CopyUp() {}

  static void all(Spec spec, int pid) throws IOException {
    for (int i = 0; i < spec.mounts().size(); i++) {
      var mount = Destinations.absolute(spec.mounts().get(i));
      if (MountPlan.copiesUp(mount)) {
        copy(pid, Descriptors.tree(i), mount.destination());
      }
    }
  }

  private static void copy(int pid, int covered, String destination) throws IOException {
    var process = Path.of("/proc", Integer.toString(pid));
    try (var root = Fd.open(process.resolve("cwd"), Fd.O_PATH | Fd.O_DIRECTORY);
        var place = root.openInRoot(destination, Fd.O_PATH | Fd.O_DIRECTORY);
        var to = Directory.reopen(place);
        var from = Directory.open(process.resolve("fd").resolve(Integer.toString(covered)))) {
      TreeCopy.copy(from, to);
    }
  }
}
