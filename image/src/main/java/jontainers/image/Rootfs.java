package jontainers.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import jontainers.linux.RawText;

/// Check that a directory can be the lower layer of a container: `--rootfs DIR`.
final class Rootfs {
  private Rootfs() {}

  /// Return the directory without links in its path.
  static Path checked(Path rootfs, Collection<Path> hidden) throws ImageException {
    var real = real(rootfs);
    if (!Files.isDirectory(real)) {
      throw new ImageException(
          rootfs + " is not a directory",
          "--rootfs takes a directory with a root filesystem; unpack an archive first");
    }
    if (!Files.isReadable(real) || !Files.isExecutable(real)) {
      throw new ImageException(rootfs + " cannot be read", "check its permissions");
    }
    for (var path : hidden) {
      if (Files.exists(path) && real.startsWith(real(path))) {
        throw new ImageException(
            RawText.of(rootfs) + " lies in the engine's own state " + RawText.of(path),
            "copy it to another directory, or choose another --root");
      }
    }
    return real;
  }

  private static Path real(Path path) throws ImageException {
    try {
      return path.toRealPath();
    } catch (NoSuchFileException e) {
      throw new ImageException(
          "no such directory: " + RawText.of(path), "check the path after --rootfs", e);
    } catch (IOException e) {
      throw new ImageException(path + " cannot be used: " + e.getMessage(), "", e);
    }
  }
}
