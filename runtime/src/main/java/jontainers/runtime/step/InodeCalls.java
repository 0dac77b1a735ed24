package jontainers.runtime.step;

import java.util.List;
import java.util.function.Consumer;
import jontainers.linux.Fd;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;

/// The calls that make directories, files, nodes and links inside a container's root.
///
/// Each is made by the descriptor of its directory, which openat2(2) has found inside the root and
/// through no magic link; its own name is followed nowhere. A plain mkdirat(2) on a whole path
/// would follow `/proc/1/root` or `/proc/self/fd/N` of an image's link to the host.
final class InodeCalls {
  private static final Argument AT_SYMLINK_NOFOLLOW = Argument.of(0x100, "AT_SYMLINK_NOFOLLOW");

  private static final String DEV = "/dev/";

  private InodeCalls() {}

  /// Find the directory that a path lies in, which [#close] lets go of. A directory that is not
  /// there is no error yet: what is done with it fails, and says so where it matters.
  static Argument parent(List<Call> calls, String path) {
    int slash = path.lastIndexOf('/');
    return directory(calls, slash <= 0 ? "/" : path.substring(0, slash));
  }

  /// The same where /dev may be held.
  static Argument parent(List<Call> calls, String path, DeviceStep.Dev dev) {
    return dev == DeviceStep.Dev.HELD && isInDev(path)
        ? Argument.of(Descriptors.DEV)
        : parent(calls, path);
  }

  /// Tell whether a path is directly in /dev.
  static boolean isInDev(String path) {
    return path.startsWith(DEV) && path.lastIndexOf('/') == DEV.length() - 1;
  }

  private static Argument.Result directory(List<Call> calls, String path) {
    var opened = new Argument.Result(calls.size());
    calls.add(
        Place.inRoot(path)
            .open(
                0x280000 | Fd.O_DIRECTORY,
                "O_PATH|O_DIRECTORY|O_CLOEXEC",
                MountStep.RESOLVE_IN_ROOT)
            .allowedToFail());
    return opened;
  }

  /// Let go of a directory, unless it is held for longer.
  static void close(List<Call> calls, Argument directory) {
    if (directory instanceof Argument.Result) {
      calls.add(Call.of(Syscall.close, "a directory", directory).allowedToFail());
    }
  }

  /// Add calls that are passed over where there is something at a path, whatever links lead there.
  static void unlessThere(List<Call> calls, String path, Consumer<List<Call>> making) {
    var found = new Argument.Result(calls.size());
    calls.add(Place.inRoot(path).open(MountStep.RESOLVE_IN_ROOT).allowedToFail());
    int asked = calls.size();
    var ask =
        Call.of(
                Syscall.statx,
                path,
                found,
                "",
                Argument.of(0x1000, "AT_EMPTY_PATH"),
                Argument.of(0x1, "STATX_TYPE"),
                Argument.Struct.of("status", new byte[0x100]))
            .allowedToFail();
    calls.add(ask);
    making.accept(calls);
    calls.set(asked, ask.skippingTo(calls.size()));
    close(calls, found);
  }

  /// Make the empty file that a link names which leads nowhere yet: open(2), O_CREAT.
  static void fileBehindLink(List<Call> calls, String path, int permissions) {
    var made = new Argument.Result(calls.size());
    calls.add(
        Call.of(
                Syscall.openat2,
                path,
                Bits.AT_FDCWD,
                path,
                Argument.Struct.of(
                    "{flags=O_RDONLY|O_CREAT|O_NOCTTY|O_NONBLOCK|O_CLOEXEC, mode=0"
                        + Integer.toOctalString(permissions)
                        + ", resolve="
                        + MountStep.RESOLVE_IN_ROOT
                        + "}",
                    Bits.longs(0x80940, permissions, MountStep.RESOLVE_IN_ROOT.value())),
                24)
            .allowedToFail());
    close(calls, made);
  }

  /// Make a directory and those above it, each unless it is there.
  ///
  /// @param there a directory above it that is known to be there
  static void directories(List<Call> calls, String path, String there, DeviceStep.Dev dev) {
    int from = path.startsWith(there + "/") ? there.length() + 1 : 1;
    for (int end = path.indexOf('/', from); ; end = path.indexOf('/', end + 1)) {
      String directory = end < 0 ? path : path.substring(0, end);
      if (!name(directory).isEmpty()) {
        inDirectory(
            calls,
            directory,
            dev,
            (parent, name) ->
                Call.of(Syscall.mkdirat, directory, parent, name, Bits.mode(0755)).allowedToFail());
      }
      if (end < 0) {
        return;
      }
    }
  }

  /// Make an empty file and the directories above it, each unless it is there.
  static void file(
      List<Call> calls, String path, String there, int permissions, DeviceStep.Dev dev) {
    int slash = path.lastIndexOf('/');
    if (slash > there.length()) {
      directories(calls, path.substring(0, slash), there, dev);
    }
    inDirectory(calls, path, dev, (parent, name) -> emptyFile(path, parent, name, permissions));
  }

  /// A call by the directory and the name in it.
  private interface Making {
    Call in(Argument parent, String name);
  }

  /// Make something at a path. The root itself need not be looked for: the process stands there.
  private static void inDirectory(
      List<Call> calls, String path, DeviceStep.Dev dev, Making making) {
    if (path.lastIndexOf('/') == 0) {
      calls.add(making.in(Bits.AT_FDCWD, name(path)));
      return;
    }
    var parent = parent(calls, path, dev);
    calls.add(making.in(parent, name(path)));
    close(calls, parent);
  }

  /// Make an empty file in a directory, unless it is there.
  static Call emptyFile(String path, Argument parent, String name, int permissions) {
    return Call.of(Syscall.mknodat, path, parent, name, Bits.mode(MountStep.FILE | permissions), 0)
        .allowedToFail();
  }

  /// Ask whether there is something of this name in a directory; 0 says that there is.
  static Call exists(String path, Argument parent) {
    return Call.of(
            Syscall.statx,
            path,
            parent,
            name(path),
            AT_SYMLINK_NOFOLLOW,
            Argument.of(0x1, "STATX_TYPE"),
            Argument.Struct.of("status", new byte[0x100]))
        .allowedToFail();
  }

  static Call changeOwner(String path, Argument parent, long uid, long gid) {
    return Call.of(Syscall.fchownat, path, parent, name(path), uid, gid, AT_SYMLINK_NOFOLLOW);
  }

  /// Return the last name of a path.
  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
