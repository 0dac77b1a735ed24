package jontainers.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Which users and groups a user namespace has: user_namespaces(7), "User and group ID mappings".
///
/// @param users ranges that do not overlap
/// @param groups ranges that do not overlap
public record IdMaps(List<IdRange> users, List<IdRange> groups) {
  public IdMaps {
    users = List.copyOf(users);
    groups = List.copyOf(groups);
  }

  /// Return a map with one user and one group: those of this process, who is root inside.
  public static IdMaps own() {
    return new IdMaps(
        List.of(new IdRange(0, ThisProcess.euid(), 1)),
        List.of(new IdRange(0, ThisProcess.egid(), 1)));
  }

  /// Tell whether this process maps nothing but itself, which the kernel lets everybody do as long
  /// as setgroups(2) is given up.
  public boolean isOwn() {
    return isOne(users, ThisProcess.euid()) && isOne(groups, ThisProcess.egid());
  }

  private static boolean isOne(List<IdRange> ranges, int id) {
    return ranges.size() == 1
        && ranges.getFirst().size() == 1
        && ranges.getFirst().outside() == Integer.toUnsignedLong(id);
  }

  /// Write the maps of a process in a new namespace.
  ///
  /// Root writes any; another user the own ids alone, and what newuidmap(1) writes for those who
  /// have ranges in /etc/subuid and /etc/subgid.
  ///
  /// @param process its directory in /proc
  public void write(Path process) throws SyscallException {
    if (ThisProcess.euid() == 0) {
      write(process.resolve("gid_map"), IdRange.map(groups));
      write(process.resolve("uid_map"), IdRange.map(users));
    } else if (isOwn()) {
      write(process.resolve("setgroups"), "deny");
      write(process.resolve("gid_map"), IdRange.map(groups));
      write(process.resolve("uid_map"), IdRange.map(users));
    } else {
      run("newgidmap", process, groups);
      run("newuidmap", process, users);
    }
  }

  private static void write(Path file, String text) throws SyscallException {
    try (var fd = Fd.open(file, Fd.O_WRONLY)) {
      fd.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /// The one place where another program is needed: only what is setuid may write another's ids.
  private static void run(String program, Path process, List<IdRange> ranges)
      throws SyscallException {
    var command = new ArrayList<>(List.of(program, process.getFileName().toString()));
    for (var range : ranges) {
      command.add(Long.toString(range.inside()));
      command.add(Long.toString(range.outside()));
      command.add(Long.toString(range.size()));
    }
    try {
      var running = new ProcessBuilder(command).redirectErrorStream(true).start();
      running.getOutputStream().close();
      String said = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (running.waitFor() != 0) {
        throw new SyscallException(program, String.join(" ", command), Errno.EPERM, said.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SyscallException(program, String.join(" ", command), Errno.EINTR);
    } catch (SyscallException e) {
      throw e;
    } catch (IOException e) {
      throw new SyscallException(
          program, "of the package uidmap", Errno.ENOENT, String.valueOf(e.getMessage()));
    }
  }
}
