package jontainers.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A root directory of Debian's static busybox and little else.
final class Busybox {
  private static final List<String> APPLETS =
      List.of("sh", "cat", "ip", "true", "stat", "head", "tail", "wc", "sleep", "yes");

  private Busybox() {}

  /// Make it in a directory; return where it is.
  static Path make(Path directory) throws IOException {
    var rootfs = directory.resolve("rootfs");
    for (String name : List.of("bin", "etc", "tmp", "proc", "sys", "dev")) {
      Files.createDirectories(rootfs.resolve(name));
    }
    Files.writeString(rootfs.resolve("etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
    Files.copy(Path.of("/bin/busybox"), rootfs.resolve("bin/busybox"));
    for (String name : APPLETS) {
      Files.createSymbolicLink(rootfs.resolve("bin").resolve(name), Path.of("busybox"));
    }
    return rootfs;
  }
}
