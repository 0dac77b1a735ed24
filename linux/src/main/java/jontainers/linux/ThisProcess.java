package jontainers.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What this JVM is to the kernel.
public final class ThisProcess {
  private ThisProcess() {}

  /// Return the arguments of `main` as [RawText]: the JVM has decoded them in its locale, in which
  /// a character that it does not know is a `?` or U+FFFD.
  public static List<String> arguments(String... decoded) {
    if (Arrays.stream(decoded).allMatch(ThisProcess::isCertain)) {
      return List.of(decoded);
    }
    try {
      var all = RawText.readStrings(Path.of("/proc/self/cmdline"));
      int first = all.size() - decoded.length;
      return first < 1 ? List.of(decoded) : List.copyOf(all.subList(first, all.size()));
    } catch (IOException e) {
      return List.of(decoded);
    }
  }

  private static boolean isCertain(String decoded) {
    return decoded.chars().allMatch(c -> c < 0x80 && c != '?');
  }

  /// Return the environment that this process began with, as [RawText]; of several variables with
  /// one name the first, as getenv(3) does.
  public static Map<String, String> environment() {
    try {
      var variables = new LinkedHashMap<String, String>();
      for (String variable : RawText.readStrings(Path.of("/proc/self/environ"))) {
        int equals = variable.indexOf('=');
        if (equals > 0) {
          variables.putIfAbsent(variable.substring(0, equals), variable.substring(equals + 1));
        }
      }
      return variables;
    } catch (IOException e) {
      return System.getenv();
    }
  }

  /// Return the working directory: its name may be none in the JVM's locale, in which `user.dir` is
  /// another's.
  public static Path workingDirectory() {
    try {
      var path = Files.readSymbolicLink(Path.of("/proc/self/cwd"));
      if (path.isAbsolute()) {
        return path;
      }
    } catch (IOException e) {
      // no /proc: what the JVM says
    }
    return Path.of("").toAbsolutePath();
  }

  /// Return the effective user: geteuid(2).
  public static int euid() {
    return (int) Kernel.once(Syscall.geteuid);
  }

  /// Return the effective group: getegid(2).
  public static int egid() {
    return (int) Kernel.once(Syscall.getegid);
  }

  /// End this process at once: exit_group(2).
  ///
  /// System.exit waits 300 ms when a thread sits in a system call. Whatever must be closed or
  /// flushed has been.
  public static void exit(int code) {
    var _ = Kernel.once(Syscall.exit_group, code);
  }
}
