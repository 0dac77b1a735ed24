package jontainers.cli.oci;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jontainers.linux.Fd;
import jontainers.linux.ThisProcess;
import jontainers.oci.Capabilities;
import jontainers.oci.DeviceRule;
import jontainers.oci.IdMapping;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Namespace;
import jontainers.oci.Process;
import jontainers.oci.Resources;
import jontainers.oci.Rlimit;
import jontainers.oci.Root;
import jontainers.oci.Spec;

/// `spec`: write an example of a configuration, the one that runc writes.
final class SpecOperation {
  private SpecOperation() {}

  static int run(Context context, Flags flags) throws IOException, FlagException {
    var directory =
        flags
            .value("bundle")
            .map(context.session()::path)
            .orElse(context.session().workingDirectory());
    var file = directory.resolve("config.json");
    if (Files.exists(file)) {
      throw new FlagException("File config.json exists. Remove it first");
    }
    int make = Fd.O_WRONLY | Fd.O_CREAT | Fd.O_EXCL;
    try (var fd = Fd.open(file, make, 0644)) { // what it says runs as root: nobody else writes it
      fd.write((spec(flags.has("rootless")).toJson() + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return 0;
  }

  private static Spec spec(boolean rootless) {
    var names = List.of("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE");
    var process =
        Process.draft(List.of("sh"))
            .terminal(null)
            .env(
                List.of(
                    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "TERM=xterm"))
            .capabilities(Capabilities.of(names))
            .rlimits(List.of(new Rlimit("RLIMIT_NOFILE", 1024, 1024)))
            .noNewPrivileges()
            .build();
    return Spec.of(
        process, new Root("rootfs", true), "jontainers", mounts(rootless), linux(rootless));
  }

  private static Linux linux(boolean rootless) {
    var kinds = new ArrayList<>(List.of("pid", "ipc", "uts", "mount"));
    if (Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"))) { // version 2, as runc
      kinds.add("cgroup");
    }
    if (rootless) {
      kinds.add("user");
    } else {
      kinds.add(1, "network");
    }
    var draft =
        Linux.draft(kinds.stream().map(Namespace::of).toList())
            .maskedPaths(
                List.of(
                    "/proc/acpi",
                    "/proc/asound",
                    "/proc/kcore",
                    "/proc/keys",
                    "/proc/latency_stats",
                    "/proc/timer_list",
                    "/proc/timer_stats",
                    "/proc/sched_debug",
                    "/sys/firmware",
                    "/proc/scsi"))
            .readonlyPaths(
                List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"));
    if (rootless) {
      return draft
          .idMappings(
              List.of(new IdMapping(0, Integer.toUnsignedLong(ThisProcess.euid()), 1)),
              List.of(new IdMapping(0, Integer.toUnsignedLong(ThisProcess.egid()), 1)))
          .build();
    }
    return draft
        .resources(
            new Resources(
                List.of(new DeviceRule(false, null, null, null, "rwm")),
                null,
                null,
                null,
                null,
                List.of(),
                null,
                Map.of(),
                Map.of()))
        .build();
  }

  private static List<Mount> mounts(boolean rootless) {
    var mounts = new ArrayList<Mount>();
    mounts.add(new Mount("/proc", "proc", "proc", List.of()));
    mounts.add(
        new Mount(
            "/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")));
    var pts =
        new ArrayList<>(List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"));
    if (!rootless) {
      pts.add("gid=5");
    }
    mounts.add(new Mount("/dev/pts", "devpts", "devpts", pts));
    mounts.add(
        new Mount(
            "/dev/shm",
            "tmpfs",
            "shm",
            List.of("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")));
    mounts.add(new Mount("/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev")));
    mounts.add(
        rootless
            ? new Mount("/sys", "none", "/sys", List.of("rbind", "nosuid", "noexec", "nodev", "ro"))
            : new Mount("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", "ro")));
    mounts.add(
        new Mount(
            "/sys/fs/cgroup",
            "cgroup",
            "cgroup",
            List.of("nosuid", "noexec", "nodev", "relatime", "ro")));
    return mounts;
  }
}
