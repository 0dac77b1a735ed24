package jontainers.runtime;

import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.runtime.step.MountStep;
import jontainers.runtime.step.ProcessStep;

/// What to do about a failed call, where errno alone would mislead.
final class FailureHints {
  private FailureHints() {}

  static StartException explain(SyscallException why) {
    if (why.call().equals("futex")) { // what compares
      if (why.object().contains(MountStep.LEADS_INTO)
          || why.object().endsWith(MountStep.IS_COVERED)) {
        return new StartException(
            StartException.Kind.ENGINE,
            "cannot mount: " + why.object(),
            "the image has a symbolic link to it; mount where no link leads to /proc, /sys or /dev",
            why);
      }
      return why.object().equals("/dev/null")
          ? new StartException(
              StartException.Kind.ENGINE,
              "the container's /dev/null is not the null device",
              "nothing else can be mounted there, since files of /proc are hidden under it",
              why)
          : new StartException(
              StartException.Kind.ENGINE,
              why.object() + " is not a file of procfs",
              "the container needs a mount of type proc on /proc",
              why);
    }
    if (why.call().equals("move_mount")
        && why.errno() == Errno.EINVAL
        && why.object().contains(MountStep.ON)) {
      boolean file = why.object().startsWith("the file ");
      return new StartException(
          StartException.Kind.ENGINE,
          "cannot mount "
              + why.object()
              + (file ? ", which is a directory" : ", which is not a directory"),
          file ? "mount it on a file" : "mount it on a directory",
          why);
    }
    if (why.call().equals("openat2")
        && (why.errno() == Errno.ELOOP || why.errno() == Errno.ENOTDIR)) {
      return new StartException(
          StartException.Kind.ENGINE,
          why.object() + " must be mounted on ordinary directory: " + why.getMessage(),
          hint(why),
          why);
    }
    return new StartException(
        StartException.Kind.ENGINE, String.valueOf(why.getMessage()), hint(why), why);
  }

  /// A working directory is the user's word, so its failure is told in the user's words.
  static StartException directory(ProcessStep.EnterDirectory directory, SyscallException why) {
    var kind =
        why.errno() == Errno.ENOENT
            ? StartException.Kind.NOT_FOUND
            : StartException.Kind.NOT_EXECUTABLE;
    return new StartException(
        kind,
        "working directory \""
            + directory.path()
            + "\": "
            + why.errno().text().toLowerCase(java.util.Locale.ROOT),
        why.errno() == Errno.ELOOP ? "a working directory cannot lie behind a link of /proc" : "",
        why);
  }

  private static String hint(SyscallException why) {
    String call = why.call();
    return switch (why.errno()) {
      case ENOSYS -> "this kernel has no " + call + "; Linux 5.12 or newer is needed";
      case ENODEV -> missingFilesystem(why.object());
      case EPERM ->
          call.equals("clone3") || call.equals("mount") || call.equals("setns")
              ? "containers need root, or a container of their own that may make namespaces"
              : "";
      case ENOSPC ->
          call.equals("clone3") || call.equals("unshare")
              ? "the limits in /proc/sys/user/max_*_namespaces are reached"
              : "";
      case EINVAL ->
          switch (call) {
            case "mount" ->
                "an overlay's upper layer needs a filesystem such as ext4, xfs or tmpfs; see the"
                    + " kernel's log for the reason";
            case "mount_setattr" ->
                why.object().startsWith(MountStep.OWNERS)
                    ? "its filesystem may not be shown with other owners: tmpfs can since Linux 6.3,"
                        + " overlay cannot; leave idmap out, or put it on ext4, xfs or btrfs"
                    : "";
            case "seccomp" -> "the kernel needs CONFIG_SECCOMP_FILTER";
            default -> "";
          };
      case ELOOP ->
          call.equals("openat2")
              ? "the image has a symbolic link there; /proc, /sys and /dev have to be directories"
              : "";
      case EAGAIN -> call.equals("clone3") ? "the limit of processes is reached (ulimit -u)" : "";
      default -> "";
    };
  }

  private static String missingFilesystem(String object) {
    if (object.startsWith("mqueue")) {
      return "the kernel needs CONFIG_POSIX_MQUEUE";
    }
    if (object.startsWith("devpts")) {
      return "the kernel needs CONFIG_UNIX98_PTYS";
    }
    if (object.startsWith("tmpfs")) {
      return "the kernel needs CONFIG_TMPFS";
    }
    if (object.startsWith("cgroup")) {
      return "the kernel needs CONFIG_CGROUPS";
    }
    return "the kernel needs CONFIG_OVERLAY_FS (modprobe overlay)";
  }
}
