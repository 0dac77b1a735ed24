package jontainers.engine;

import java.io.IOException;
import java.nio.file.Path;

/// The limit of open files that this process may pass on: proc_pid_limits(5).
final class OpenFiles {
  private OpenFiles() {}

  static long hardLimit() throws IOException {
    for (String line : HostFiles.read(Path.of("/proc/self/limits")).split("\n")) {
      if (line.startsWith("Max open files")) {
        String[] words = line.strip().split("\\s+");
        String hard = words[4];
        return hard.equals("unlimited") ? -1 : Long.parseLong(hard);
      }
    }
    return 1024;
  }
}
