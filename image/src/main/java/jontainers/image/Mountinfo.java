package jontainers.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.RawText;

/// Where directories lie in their file systems, whatever is mounted where: /proc/self/mountinfo.
final class Mountinfo {
  /// @param root what of the file system is mounted, as a path in it
  private record Entry(String device, Path root, Path mountPoint) {}

  /// A place in a file system.
  ///
  /// @param device `major:minor`
  record Place(String device, Path path) {}

  private final Map<Long, Entry> entries;

  private Mountinfo(Map<Long, Entry> entries) {
    this.entries = entries;
  }

  static Mountinfo read() throws IOException {
    return parse(RawText.read(Path.of("/proc/self/mountinfo")));
  }

  /// Source: proc_pid_mountinfo(5): id, parent, major:minor, root, mount point, …
  static Mountinfo parse(String text) {
    var entries = new HashMap<Long, Entry>();
    for (String line : text.lines().toList()) {
      String[] fields = line.split(" ", 6);
      entries.put(
          Long.valueOf(fields[0]),
          new Entry(
              fields[2], RawText.path(unescaped(fields[3])), RawText.path(unescaped(fields[4]))));
    }
    return new Mountinfo(entries);
  }

  /// Find where a directory lies; empty where its mount is not of this namespace.
  Optional<Place> place(Path directory) throws IOException {
    var real = directory.toRealPath();
    try (var fd = Fd.open(real, Fd.O_PATH | Fd.O_DIRECTORY)) {
      return place(real, FileStatus.of(fd).mountId());
    }
  }

  Optional<Place> place(Path real, long mountId) {
    var entry = entries.get(mountId);
    if (entry == null || !real.startsWith(entry.mountPoint)) {
      return Optional.empty();
    }
    var path = entry.root.resolve(entry.mountPoint.relativize(real));
    return Optional.of(new Place(entry.device, path.normalize()));
  }

  /// Blanks and backslashes are `\040` and the like.
  private static String unescaped(String field) {
    var text = new StringBuilder();
    for (int at = 0; at < field.length(); at++) {
      if (field.charAt(at) == '\\' && at + 3 < field.length()) {
        text.append((char) Integer.parseInt(field.substring(at + 1, at + 4), 8));
        at += 3;
      } else {
        text.append(field.charAt(at));
      }
    }
    return text.toString();
  }
}
