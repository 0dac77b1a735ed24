package jontainers.runtime;

import java.nio.file.Path;
import java.util.Set;
import jontainers.linux.RawText;
import jontainers.oci.Mount;

/// Where nothing may be mounted: the kernel's own files tell programs the truth.
///
/// A file over one of /proc would let an image decide what runtime and programs read there
/// (CVE-2019-16884). The exceptions are those files that LXCFS serves.
final class Destinations {
  private static final Path PROC = Path.of("/proc");
  private static final Set<String> LXCFS =
      Set.of(
          "/proc/cpuinfo",
          "/proc/diskstats",
          "/proc/meminfo",
          "/proc/stat",
          "/proc/swaps",
          "/proc/uptime",
          "/proc/loadavg",
          "/proc/slabinfo",
          "/proc/net/dev",
          "/proc/sys/kernel/ns_last_pid",
          "/proc/sys/crypto/fips_enabled");

  private Destinations() {}

  /// Return a mount with its destination as an absolute path without `.` and `..`: config.md reads
  /// a relative one from the root.
  static Mount absolute(Mount mount) {
    return at(
        RawText.of(Path.of("/").resolve(RawText.path(mount.destination())).normalize()), mount);
  }

  /// Return a mount at another place.
  static Mount at(String destination, Mount mount) {
    return mount.destination().equals(destination)
        ? mount
        : new Mount(
            destination,
            mount.type(),
            mount.source(),
            mount.options(),
            mount.uidMappings(),
            mount.gidMappings());
  }

  static void check(Mount mount) throws StartException {
    var destination = RawText.path(mount.destination()).normalize();
    if (!destination.isAbsolute() || destination.getNameCount() == 0) {
      throw new StartException(
          "\"" + mount.destination() + "\" is no place for a mount",
          "it needs to be an absolute path below /");
    }
    if (!destination.startsWith(PROC)
        || LXCFS.contains(RawText.of(destination))
        || (destination.equals(PROC) && !isForeign(mount))) {
      return;
    }
    throw new StartException(
        "\"" + mount.destination() + "\" cannot be mounted: it is inside /proc", "");
  }

  /// On /proc itself a procfs may be mounted, and the host's may be shown.
  private static boolean isForeign(Mount mount) {
    return !"proc".equals(mount.type())
        && !PROC.equals(RawText.path(String.valueOf(mount.source())));
  }
}
