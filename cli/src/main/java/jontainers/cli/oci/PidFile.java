package jontainers.cli.oci;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import jontainers.linux.Fd;
import jontainers.linux.RawText;

/// The file in which whoever calls finds the number of a process: whole, or not there.
final class PidFile {
  private PidFile() {}

  static void write(Path file, int pid) throws IOException {
    if (file.getFileName() == null) {
      throw new IOException("open " + RawText.of(file) + ": is a directory");
    }
    var fresh = file.resolveSibling(RawText.path("." + RawText.of(file.getFileName())));
    Files.deleteIfExists(fresh);
    int flags = Fd.O_WRONLY | Fd.O_CREAT | Fd.O_EXCL;
    try (var fd = Fd.open(fresh, flags, 0644)) { // others may read it, and write it under no umask
      fd.write(Integer.toString(pid).getBytes(StandardCharsets.US_ASCII));
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
