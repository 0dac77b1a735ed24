package jontainers.runtime;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import jontainers.linux.Errno;
import jontainers.linux.Pidfd;
import jontainers.linux.SyscallException;

/// Remove a cgroup, with those that the container has made below it and with every process that is
/// still in them.
///
/// A process that was killed a moment ago keeps its cgroup busy until it has ended (rmdir(2) says
/// EBUSY), so the removal waits for the end of those it finds.
public final class CgroupRemoval {
  private static final int SIGKILL = 9;
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private CgroupRemoval() {}

  /// Remove a cgroup; one that is gone already is no error.
  ///
  /// @throws IOException where a process does not end for ten seconds
  public static void remove(Path directory) throws IOException {
    var deadline = Instant.now().plus(DEADLINE);
    while (true) {
      try {
        Files.deleteIfExists(directory);
        return;
      } catch (FileSystemException e) {
        if (Instant.now().isAfter(deadline)) {
          throw e;
        }
        empty(directory, deadline);
      }
    }
  }

  /// End every process in a cgroup and remove those below it, but not the cgroup itself.
  static void empty(Path directory) throws IOException {
    empty(directory, Instant.now().plus(DEADLINE));
  }

  private static void empty(Path directory, Instant deadline) throws IOException {
    try (var children = Files.newDirectoryStream(directory, Files::isDirectory)) {
      for (var child : children) {
        remove(child);
      }
    } catch (NoSuchFileException e) {
      return; // somebody else has removed it
    }
    var processes = CgroupFile.text(directory.resolve("cgroup.procs"));
    for (String pid : processes.stream().flatMap(String::lines).toList()) {
      end(Integer.parseInt(pid), deadline);
    }
    Thread.onSpinWait(); // a process that has ended is still being taken out of its cgroup
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
