package jontainers.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The root directory that all subjects run: Debian's static busybox and little else.
final class Busybox {
  private Busybox() {}

  /// Make it in a directory; return where it is.
  static Path make(Path directory) throws IOException {
    var rootfs = directory.resolve("rootfs");
    for (String name : List.of("bin", "dev", "etc", "proc", "sys", "tmp")) {
      Files.createDirectories(rootfs.resolve(name));
    }
    Files.copy(Path.of("/bin/busybox"), rootfs.resolve("bin/busybox"));
    for (String name : List.of("true", "sh")) {
      Files.createSymbolicLink(rootfs.resolve("bin").resolve(name), Path.of("busybox"));
    }
    return rootfs;
  }
}
