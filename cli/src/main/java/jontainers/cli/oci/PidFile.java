package jontainers.cli.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// The file in which whoever calls finds the number of a process: whole, or not there.
final class PidFile {
  private PidFile() {}

  static void write(Path file, int pid) throws IOException {
    var fresh = file.resolveSibling("." + file.getFileName());
    Files.writeString(fresh, Integer.toString(pid));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
