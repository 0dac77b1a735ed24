package jontainers.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What /proc tells of a process: proc_pid_stat(5).
///
/// @param state one letter
/// @param start when it began, in clock ticks since boot
record ProcessFacts(char state, long start) {

  /// Look at a process; empty where there is none.
  static Optional<ProcessFacts> of(int pid) {
    try {
      byte[] bytes = Files.readAllBytes(Path.of("/proc/" + pid + "/stat"));
      return Optional.of(parse(new String(bytes, StandardCharsets.ISO_8859_1)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// The second field is the name, which may contain anything, so the last parenthesis counts.
  static ProcessFacts parse(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return new ProcessFacts(fields[0].charAt(0), Long.parseLong(fields[19]));
  }

  /// Tell whether it runs or could.
  boolean isAlive() {
    return state != 'Z' && state != 'X';
  }

  /// Tell whether a process is a proxy that has not become its program yet.
  static boolean isProxy(int pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe"))
          .toString()
          .startsWith("/memfd:jontainers");
    } catch (IOException e) {
      return false;
    }
  }
}
