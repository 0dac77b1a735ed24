package jontainers.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.SyscallException;
import jontainers.linux.ThisProcess;
import jontainers.linux.Xattr;

/// Cgroups of version 2 that their manager has given away: cgroup-v2.rst, "Delegation".
///
/// systemd marks those of a unit with `Delegate=yes` by an extended attribute, and makes their
/// files those of the unit's user.
final class CgroupDelegation {
  /// What a user may write to whom a cgroup was delegated.
  private static final List<String> GIVEN = List.of("", "cgroup.procs", "cgroup.subtree_control");

  /// `trusted.` is seen by root alone; `user.` is set since systemd 251.
  private static final Set<String> MARKS = Set.of("trusted.delegate", "user.delegate");

  /// How often processes are looked for that have been made while others were moved.
  private static final int ROUNDS = 100;

  private CgroupDelegation() {}

  /// Tell whether a cgroup was given to this process.
  ///
  /// @param nested whether this process is in a user namespace, whose root is a user of the host
  static boolean holds(Path cgroup, boolean nested) {
    try {
      return isMarked(cgroup) || ((nested || ThisProcess.euid() != 0) && isOwned(cgroup));
    } catch (IOException e) {
      return false; // what cannot be looked at is nobody's gift
    }
  }

  private static boolean isMarked(Path cgroup) throws IOException {
    try (var directory = Fd.open(cgroup, Fd.O_RDONLY)) {
      return Xattr.of(directory).stream().anyMatch(CgroupDelegation::isMark);
    }
  }

  private static boolean isMark(Xattr attribute) {
    return MARKS.contains(new String(attribute.name(), StandardCharsets.UTF_8))
        && Arrays.equals(attribute.value(), new byte[] {'1'});
  }

  private static boolean isOwned(Path cgroup) throws IOException {
    for (String file : GIVEN) {
      if (!Files.getAttribute(cgroup.resolve(file), "unix:uid").equals(ThisProcess.euid())) {
        return false;
      }
    }
    return true;
  }

  /// Move the processes of a cgroup that was given to this process into its leaf.
  ///
  /// A fork during the move stays behind with the parent's cgroup, so that it is repeated until
  /// nobody is left.
  static void vacate(Path cgroup) throws IOException {
    var procs = cgroup.resolve("cgroup.procs");
    var leaf = cgroup.resolve(CgroupHierarchy.LEAF);
    for (int round = 0; round < ROUNDS; round++) {
      var processes = Files.readAllLines(procs);
      if (processes.isEmpty()) {
        return;
      }
      Files.createDirectories(leaf);
      for (String process : processes) {
        move(process, leaf.resolve("cgroup.procs"));
      }
    }
  }

  private static void move(String process, Path procs) throws IOException {
    try (var file = Fd.open(procs, Fd.O_WRONLY)) {
      file.write(process.getBytes(StandardCharsets.UTF_8));
    } catch (SyscallException e) {
      if (e.errno() != Errno.ESRCH) { // it has ended
        throw e;
      }
    }
  }
}
