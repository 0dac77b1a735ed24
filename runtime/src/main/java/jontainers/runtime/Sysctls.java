package jontainers.runtime;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import jontainers.runtime.step.NamespaceKind;

/// Which kernel parameters belong to a namespace, so that a container may have its own:
/// namespaces(7). All others are the host's.
final class Sysctls {
  private static final Set<String> IPC =
      Set.of(
          "kernel.msgmax",
          "kernel.msgmnb",
          "kernel.msgmni",
          "kernel.sem",
          "kernel.shmall",
          "kernel.shmmax",
          "kernel.shmmni",
          "kernel.shm_rmid_forced");

  /// Names are dots and slashes in either role: `net.ipv4.conf.eth0/1.forwarding`.
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)+");

  private Sysctls() {}

  /// Check that each belongs to a namespace of the container's own.
  ///
  /// @param own the namespaces that are not the host's
  static void check(Map<String, String> sysctls, Set<NamespaceKind> own) throws StartException {
    for (String name : sysctls.keySet()) {
      var kind = NAME.matcher(name).matches() ? kind(name.replace('/', '.')) : null;
      if (kind == null) {
        throw new StartException(
            "sysctl \"" + name + "\" is not in a namespace of its own", "set it on the host");
      }
      if (!own.contains(kind)) {
        throw new StartException(
            "sysctl \"" + name + "\" needs a " + kind.ociName() + " namespace of its own", "");
      }
    }
  }

  /// Return the file of a parameter. The first separator decides, as with sysctl(8): a name that
  /// begins with dots may have slashes for the dots of a part.
  static String path(String name) {
    int dot = name.indexOf('.');
    int slash = name.indexOf('/');
    if (slash >= 0 && (dot < 0 || slash < dot)) {
      return "/proc/sys/" + name;
    }
    var path = new StringBuilder("/proc/sys/");
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      path.append(c == '.' ? '/' : c == '/' ? '.' : c);
    }
    return path.toString();
  }

  private static @org.jspecify.annotations.Nullable NamespaceKind kind(String name) {
    if (IPC.contains(name) || name.startsWith("fs.mqueue.")) {
      return NamespaceKind.IPC;
    }
    if (name.startsWith("net.")) {
      return NamespaceKind.NETWORK;
    }
    return name.equals("kernel.domainname") ? NamespaceKind.UTS : null;
  }
}
