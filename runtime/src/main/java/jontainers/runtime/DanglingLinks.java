package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import jontainers.linux.RawText;

/// Links of a root filesystem that lead to what is not there yet: an `/etc/resolv.conf` to
/// `../run/systemd/resolve/stub-resolv.conf`, say.
///
/// A mount on one makes what it names, as with runc and crun. The kernel makes nothing behind such
/// a link, so it is walked here. What is found is a path without links, which is resolved inside
/// the root again when it is used: whoever exchanges files meanwhile gains nothing.
final class DanglingLinks {
  private static final int MOST = 40; // as many as the kernel follows: path_resolution(7)

  private static final Path HERE = Path.of(".");
  private static final Path UP = Path.of("..");

  private DanglingLinks() {}

  /// Where a path leads to.
  ///
  /// @param path inside the root, without links
  /// @param there whether there is something
  record End(String path, boolean there) {}

  /// Walk a path inside a root.
  ///
  /// @return where it leads to; itself where it has no link, or too many
  static End followed(Path root, String path) throws IOException {
    var rest = new ArrayDeque<Path>();
    push(rest, RawText.path(path));
    var walked = new ArrayList<Path>();
    int links = 0;
    boolean there = true;
    while (!rest.isEmpty()) {
      var name = rest.pop();
      if (name.equals(UP)) {
        if (!walked.isEmpty()) {
          walked.removeLast();
        }
        continue;
      }
      var file = inRoot(root, walked).resolve(name);
      if (Files.isSymbolicLink(file)) {
        if (++links > MOST) {
          return new End(path, true);
        }
        var target = Files.readSymbolicLink(file);
        if (target.isAbsolute()) {
          walked.clear();
        }
        push(rest, target);
      } else {
        there = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        walked.add(name);
      }
    }
    return links == 0
        ? new End(path, there)
        : new End(RawText.of(inRoot(Path.of("/"), walked)), there);
  }

  private static Path inRoot(Path root, List<Path> names) {
    var path = root;
    for (var name : names) {
      path = path.resolve(name);
    }
    return path;
  }

  private static void push(Deque<Path> rest, Path path) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      if (!path.getName(i).equals(HERE)) {
        rest.push(path.getName(i));
      }
    }
  }
}
