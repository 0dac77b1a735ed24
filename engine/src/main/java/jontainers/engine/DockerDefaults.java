package jontainers.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jontainers.linux.IdRange;
import jontainers.linux.Sysctl;
import jontainers.oci.Device;
import jontainers.oci.DeviceRule;
import jontainers.oci.Memory;
import jontainers.oci.Mount;
import jontainers.oci.Rlimit;
import jontainers.runtime.Host;
import org.jspecify.annotations.Nullable;

/// What every container gets unless it asks otherwise: exactly what Docker gives it.
///
/// The values are those of moby's `oci/defaults.go`, `oci/caps/defaults.go` and runc's
/// `AllowedDevices`; a conformance test compares a container of ours with one of Docker's.
final class DockerDefaults {
  static final String PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /// The group tty, as every distribution has it.
  private static final long TERMINALS = 5;

  static final List<String> CAPABILITIES =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_FSETID",
          "CAP_FOWNER",
          "CAP_MKNOD",
          "CAP_NET_RAW",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETFCAP",
          "CAP_SETPCAP",
          "CAP_NET_BIND_SERVICE",
          "CAP_SYS_CHROOT",
          "CAP_KILL",
          "CAP_AUDIT_WRITE");

  /// Return the filesystems of the kernel and of memory that a container sees.
  ///
  /// @param host whose users are the container's, unless it has its own
  static List<Mount> mounts(ContainerSpec spec, Host host) {
    String access = spec.security().privileged() ? "rw" : "ro";
    boolean terminals =
        spec.userMapping()
            .map(mapping -> IdRange.outside(mapping.maps().groups(), TERMINALS) >= 0)
            .orElse(host.users().hasGroup(TERMINALS));
    var mounts = new ArrayList<Mount>();
    mounts.add(mount("/proc", "proc", "nosuid", "noexec", "nodev"));
    mounts.add(mount("/dev", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"));
    var pts = new ArrayList<>(List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666"));
    pts.add("mode=0620");
    if (terminals) {
      pts.add("gid=" + TERMINALS);
    }
    mounts.add(new Mount("/dev/pts", "devpts", "devpts", pts));
    mounts.add(
        ownsNetwork(spec, host)
            ? mount("/sys", "sysfs", "nosuid", "noexec", "nodev", access)
            : new Mount(
                "/sys", "bind", "/sys", List.of("rbind", "rprivate", "nosuid", "noexec", "rro")));
    mounts.add(mount("/sys/fs/cgroup", "cgroup", access, "nosuid", "noexec", "nodev"));
    mounts.add(mount("/dev/mqueue", "mqueue", "nosuid", "noexec", "nodev"));
    switch (spec.sharing().ipc()) {
      case NONE -> {
        // without
      }
      case HOST ->
          mounts.add(
              new Mount(
                  "/dev/shm", "bind", "/dev/shm", List.of("rbind", "nosuid", "noexec", "nodev")));
      case PRIVATE, SHAREABLE ->
          mounts.add(
              mount(
                  "/dev/shm",
                  "tmpfs",
                  "nosuid",
                  "noexec",
                  "nodev",
                  "mode=1777",
                  "size=" + spec.limits().shmSize()));
    }
    return mounts;
  }

  /// sysfs can be mounted only by those to whom the network belongs that it shows.
  private static boolean ownsNetwork(ContainerSpec spec, Host host) {
    return spec.network().mode() != NetworkMode.HOST
        || (spec.userMapping().isEmpty() && !host.users().nested());
  }

  /// Return the kernel parameters of a network of the container's own: whoever its user is, it
  /// listens on every port and pings, as the default capabilities let root do anyway.
  ///
  /// Docker's `WithCommonOptions`. The groups that may ping are named by numbers that a user
  /// namespace does not have.
  static Map<String, String> sysctls(ContainerSpec spec, Host host) {
    if (spec.network().mode() == NetworkMode.HOST) {
      return Map.of();
    }
    var sysctls = new TreeMap<String, String>();
    if (spec.userMapping().isEmpty() && !host.users().nested()) {
      sysctls.put("net.ipv4.ping_group_range", "0 2147483647");
    }
    sysctls.put("net.ipv4.ip_unprivileged_port_start", "0");
    sysctls.keySet().removeIf(name -> !Files.exists(Sysctl.file(name)));
    spec.limits().sysctls().keySet().forEach(name -> sysctls.remove(name.replace('/', '.')));
    return sysctls;
  }

  /// Without a word about swap, a container may swap as much as it has of memory, where the kernel
  /// can limit that at all.
  static @Nullable Memory withSwap(@Nullable Memory memory, boolean limitsSwap) {
    if (memory == null || memory.limit() == null || memory.swap() != null || !limitsSwap) {
      return memory;
    }
    return new Memory(
        memory.limit(),
        memory.reservation(),
        memory.limit() < 0 ? Long.valueOf(-1) : Long.valueOf(2 * memory.limit()),
        memory.kernel(),
        memory.kernelTCP(),
        memory.swappiness(),
        memory.disableOOMKiller(),
        memory.useHierarchy(),
        memory.checkBeforeUpdate());
  }

  static final List<Device> DEVICES =
      List.of(
          device("/dev/null", 1, 3),
          device("/dev/zero", 1, 5),
          device("/dev/full", 1, 7),
          device("/dev/random", 1, 8),
          device("/dev/urandom", 1, 9),
          device("/dev/tty", 5, 0));

  /// Any node may be made, but only these opened; 5:1 is the console, 5:2 ptmx, 136 the terminals.
  static final List<DeviceRule> DEVICE_RULES =
      List.of(
          new DeviceRule(false, "a", null, null, "rwm"),
          new DeviceRule(true, "c", null, null, "m"),
          new DeviceRule(true, "b", null, null, "m"),
          rule(1, 3L),
          rule(1, 5L),
          rule(1, 7L),
          rule(1, 8L),
          rule(1, 9L),
          rule(5, 0L),
          rule(5, 1L),
          rule(5, 2L),
          rule(136, null));

  private static final List<String> MASKED_PATHS =
      List.of(
          "/proc/acpi",
          "/proc/asound",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/sys/devices/virtual/powercap",
          "/sys/firmware");

  /// Return all that is masked: on top of the list, the counters of overheated processors, where
  /// the machine has them.
  static List<String> maskedPaths() throws IOException {
    var paths = new ArrayList<>(MASKED_PATHS);
    var processors = Path.of("/sys/devices/system/cpu");
    if (Files.isDirectory(processors)) {
      try (var entries = Files.newDirectoryStream(processors, "cpu[0-9]*")) {
        for (var processor : entries) {
          var counters = processor.resolve("thermal_throttle");
          if (Files.isDirectory(counters)) {
            paths.add(counters.toString());
          }
        }
      }
    }
    return paths;
  }

  static final List<String> READONLY_PATHS =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  /// A JVM raises its own soft limit to the hard one; programs that close every number up to the
  /// soft limit would take long.
  static Rlimit openFiles(long hard) {
    return new Rlimit("RLIMIT_NOFILE", Math.min(1024, hard), hard);
  }

  private DockerDefaults() {}

  private static Mount mount(String destination, String type, String... options) {
    return new Mount(destination, type, type, List.of(options));
  }

  private static Device device(String path, long major, long minor) {
    return new Device(path, "c", major, minor, 0666, null, null);
  }

  private static DeviceRule rule(long major, @Nullable Long minor) {
    return new DeviceRule(true, "c", major, minor, "rwm");
  }
}
