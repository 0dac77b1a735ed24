package jontainers.conformance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A directory with a root filesystem of busybox and a config.json that tests change.
///
/// The configuration is what `runc spec` writes, with a shell script instead of a terminal.
record Bundle(Path directory, Json config) {
  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final List<String> APPLETS =
      Command.of(BUSYBOX.toString(), "--list").run().lines().stream()
          .filter(applet -> !applet.equals("busybox"))
          .toList();

  /// Make one in a directory that is there.
  static Bundle in(Path directory, String id) throws IOException {
    rootfs(directory.resolve("rootfs"));
    return new Bundle(directory, Json.parse(Resources.text("config.json")))
        .set("linux.cgroupsPath", "/jontainers/" + id);
  }

  Path rootfs() {
    return directory.resolve("rootfs");
  }

  Bundle set(String path, Object value) {
    config.set(path, value);
    return this;
  }

  /// Leave a test out where the files of bundles, which are on a tmpfs, cannot be idmapped.
  static void needIdmapping() throws IOException {
    String[] release = Files.readString(Path.of("/proc/sys/kernel/osrelease")).split("\\D+", 3);
    int version = 1000 * Integer.parseInt(release[0]) + Integer.parseInt(release[1]);
    assumeTrue(version >= 6003, "no tmpfs can be idmapped before Linux 6.3");
  }

  /// Write config.json.
  void write() throws IOException {
    Files.writeString(directory.resolve("config.json"), config.toString());
  }

  /// Make a root filesystem: busybox with a link for each applet, root, and the usual directories.
  static void rootfs(Path rootfs) throws IOException {
    for (String name : List.of("bin", "etc", "tmp", "root", "proc", "sys", "dev")) {
      Files.createDirectories(rootfs.resolve(name));
    }
    Files.copy(BUSYBOX, rootfs.resolve("bin/busybox"));
    for (String applet : APPLETS) {
      Files.createSymbolicLink(rootfs.resolve("bin").resolve(applet), Path.of("busybox"));
    }
    Files.writeString(
        rootfs.resolve("etc/passwd"),
        "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/:/bin/sh\n");
    Files.writeString(rootfs.resolve("etc/group"), "root:x:0:\ndaemon:x:1:\n");
  }
}
