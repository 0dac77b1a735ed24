package jontainers.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import jontainers.linux.Fd;
import jontainers.linux.RawText;

/// The file that `--cidfile` names, for the id of the container.
///
/// @param path absent when none is asked for
record IdFile(Optional<Path> path) {

  /// Check that the file can be made and is new: another container may be known by it.
  static IdFile of(Session session, Optional<String> file) throws UsageException {
    var path = file.map(session::path);
    if (path.isPresent() && Files.exists(path.get())) {
      throw new UsageException(
          "the file " + RawText.of(path.get()) + " exists: another container may run under it",
          "remove it, or name another with --cidfile");
    }
    var directory = path.map(Path::getParent);
    if (directory.isPresent() && !Files.isDirectory(directory.get())) {
      throw new UsageException(
          "no directory for the file " + RawText.of(path.get()) + " of --cidfile", "make it first");
    }
    return new IdFile(path);
  }

  /// Write the id.
  void write(String id) throws IOException {
    if (path.isPresent()) {
      int flags = Fd.O_WRONLY | Fd.O_CREAT | Fd.O_EXCL;
      try (var fd = Fd.open(path.get(), flags, 0644)) {
        fd.write(id.getBytes(StandardCharsets.US_ASCII));
      }
    }
  }
}
