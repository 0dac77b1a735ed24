package jontainers.runtime;

import java.util.ArrayList;
import java.util.List;
import jontainers.linux.RawText;

/// Where a mount namespace shows procfs and sysfs as a whole: proc_pid_mountinfo(5).
final class KernelMounts {
  private static final int ROOT = 3;
  private static final int MOUNT_POINT = 4;

  private KernelMounts() {}

  /// Find them, the last that was mounted first.
  ///
  /// @param mountinfo the lines of /proc/self/mountinfo
  /// @param outside a directory of which those below are left out
  static List<String> of(List<String> mountinfo, String outside) {
    var found = new ArrayList<String>();
    for (String line : mountinfo) {
      String[] words = line.split(" ");
      int dash = List.of(words).indexOf("-");
      if (dash < 0 || dash + 1 >= words.length) {
        continue;
      }
      String type = words[dash + 1];
      String place = CgroupHierarchy.unescape(words[MOUNT_POINT]);
      if ((type.equals("proc") || type.equals("sysfs"))
          && words[ROOT].equals("/")
          && !RawText.path(place).startsWith(outside)) {
        found.add(place);
      }
    }
    return List.copyOf(found.reversed());
  }
}
