package jontainers.image.layer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import jontainers.image.ImageException;
import jontainers.linux.Fd;
import jontainers.oci.Digest;

/// Unpack archives that are in memory.
final class Layers {
  private Layers() {}

  static UnpackSummary unpack(byte[] tar, Path directory, Privilege privilege)
      throws ImageException, IOException {
    return unpack(tar, directory, privilege, LayerLimits.STANDARD);
  }

  static UnpackSummary unpack(byte[] tar, Path directory, Privilege privilege, LayerLimits limits)
      throws ImageException, IOException {
    Files.createDirectories(directory);
    var fd = Fd.open(directory, Fd.O_RDONLY | Fd.O_DIRECTORY);
    return LayerStream.unpack(
        new ByteArrayInputStream(tar), fd, Digest.Algorithm.SHA256, privilege, limits);
  }

  /// Return the paths of all files below a directory.
  static List<String> names(Path directory) throws IOException {
    var names = new TreeSet<String>();
    try (var files = Files.walk(directory)) {
      files.skip(1).forEach(path -> names.add(directory.relativize(path).toString()));
    }
    return List.copyOf(names);
  }
}
