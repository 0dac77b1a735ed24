package jontainers.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import jontainers.linux.Directory;
import jontainers.linux.Errno;
import jontainers.linux.Pidfd;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;

/// Remove a cgroup, with those that the container has made below it and with every process that is
/// still in them.
///
/// Its path comes out of a file. So what it leads to is opened once, must be a cgroup by the type
/// of its filesystem, and is removed by the descriptor of the one above: a directory of another
/// filesystem stays as it is, and no process is looked for in it.
///
/// A process that was killed a moment ago keeps its cgroup busy until it has ended (rmdir(2) says
/// EBUSY), so the removal waits for the end of those it finds.
public final class CgroupRemoval {
  private static final int SIGKILL = 9;
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private CgroupRemoval() {}

  /// Remove a cgroup; one that is gone already, and what is no cgroup, is no error.
  ///
  /// @throws IOException where a process does not end for ten seconds
  public static void remove(Path directory) throws IOException {
    var absolute = directory.toAbsolutePath().normalize();
    var above = absolute.getParent();
    if (above == null) {
      return;
    }
    try (var parent = Directory.open(above)) {
      if (parent.isCgroup()) {
        remove(
            parent,
            RawText.encode(RawText.of(absolute.getFileName())),
            Instant.now().plus(DEADLINE));
      }
    } catch (SyscallException e) {
      if (!isGone(e)) {
        throw e;
      }
    }
  }

  /// Remove a cgroup that has neither processes nor cgroups below it; any other stays.
  ///
  /// @return whether it was there and is gone
  public static boolean removeEmpty(Path directory) {
    var absolute = directory.toAbsolutePath().normalize();
    try (var parent = Directory.open(absolute.resolve(".."))) {
      if (!parent.isCgroup()) {
        return false;
      }
      parent.rmdir(RawText.encode(RawText.of(absolute.getFileName())));
      return true;
    } catch (SyscallException e) {
      return false;
    }
  }

  /// End every process in a cgroup and remove those below it, but not the cgroup itself.
  static void empty(Path directory) throws IOException {
    try (var cgroup = Directory.open(directory)) {
      if (cgroup.isCgroup()) {
        empty(cgroup, Instant.now().plus(DEADLINE));
      }
    } catch (SyscallException e) {
      if (!isGone(e)) {
        throw e;
      }
    }
  }

  private static void remove(Directory parent, byte[] name, Instant deadline) throws IOException {
    while (true) {
      try {
        parent.rmdir(name);
        return;
      } catch (SyscallException e) {
        if (isGone(e)) {
          return;
        }
        if (Instant.now().isAfter(deadline)) {
          throw e;
        }
      }
      try (var found = parent.find(name);
          var cgroup = Directory.reopen(found)) {
        empty(cgroup, deadline);
      } catch (SyscallException e) {
        if (!isGone(e)) {
          throw e;
        }
      }
    }
  }

  /// In a cgroup all that is no regular file is a directory.
  private static void empty(Directory cgroup, Instant deadline) throws IOException {
    for (var entry : cgroup.entries()) {
      if (!entry.regular()) {
        remove(cgroup, entry.name(), deadline);
      }
    }
    var processes = CgroupFile.text(cgroup.fd().procPath().resolve("cgroup.procs"));
    for (String pid : processes.stream().flatMap(String::lines).toList()) {
      end(Integer.parseInt(pid), deadline);
    }
    Thread.onSpinWait(); // a process that has ended is still being taken out of its cgroup
  }

  private static boolean isGone(SyscallException e) {
    return e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV || e.errno() == Errno.ENOTDIR;
  }

  private static void end(int pid, Instant deadline) throws SyscallException {
    Pidfd process;
    try {
      process = Pidfd.open(pid);
    } catch (SyscallException e) {
      return; // it has ended since the list was read
    }
    try (process) {
      process.sendSignal(SIGKILL);
      var left = Duration.between(Instant.now(), deadline);
      process.awaitEnd(left.isNegative() ? Duration.ZERO : left);
    } catch (SyscallException e) {
      if (e.errno() != Errno.ESRCH) {
        throw e;
      }
    }
  }
}
