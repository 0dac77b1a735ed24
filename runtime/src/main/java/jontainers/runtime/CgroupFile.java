package jontainers.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.SyscallException;

/// Read a file of a cgroup that may be removed at any moment: then it cannot be opened (ENOENT), or
/// was opened and cannot be read (ENODEV, of kernfs).
final class CgroupFile {
  private CgroupFile() {}

  /// Return what it says, without the last line's end; empty where the cgroup or the file is not
  /// there.
  static Optional<String> text(Path file) throws IOException {
    try (var fd = Fd.open(file, Fd.O_RDONLY);
        var content = fd.inputStream()) {
      return Optional.of(new String(content.readAllBytes(), UTF_8).strip());
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
