package jontainers.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import jontainers.linux.Directory;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.FileType;
import jontainers.linux.RawText;
import jontainers.oci.Process;
import jontainers.oci.Spec;

/// Where a process is at home that was not told: as the container's own /etc/passwd says of its
/// user, or `/`.
///
/// The file is an image's, so it is opened inside the root, only when it is a regular one, and read
/// up to a bound.
final class HomeDirectory {
  private static final int LONGEST = 1 << 20;
  private static final int FIELDS = 7;

  private HomeDirectory() {}

  /// Tell the first process of a container.
  static Spec ofRoot(Spec spec) throws IOException {
    var process = spec.process();
    var root = spec.root();
    return process == null || root == null
        ? spec
        : spec.withProcess(of(process, RawText.path(root.path())));
  }

  /// Tell a process of its home, unless its variables do; an empty one does not.
  ///
  /// @param root the container's root directory, as this process reaches it
  static Process of(Process process, Path root) throws IOException {
    String home = "";
    for (String variable : process.env()) {
      home = variable.startsWith("HOME=") ? variable : home; // the last counts
    }
    if (home.length() > "HOME=".length()) {
      return process;
    }
    var environment = new ArrayList<>(process.env());
    environment.removeIf(variable -> variable.startsWith("HOME="));
    environment.add("HOME=" + find(passwd(root), process.user().uid()));
    return process.withEnv(environment);
  }

  /// Find the sixth field of the line with a number: passwd(5).
  static String find(String passwd, long uid) {
    String number = Long.toString(uid);
    for (String line : passwd.split("\n")) {
      String[] fields = line.split(":", -1);
      if (fields.length >= FIELDS && fields[2].equals(number) && fields[5].startsWith("/")) {
        return fields[5];
      }
    }
    return "/";
  }

  private static String passwd(Path root) throws IOException {
    try (var directory = Fd.open(root, Fd.O_PATH | Fd.O_DIRECTORY);
        var found = directory.openInRoot("/etc/passwd", Fd.O_PATH)) {
      if (FileStatus.of(found).type() != FileType.REGULAR) {
        return "";
      }
      try (var file = Directory.reopen(found, Fd.O_RDONLY);
          var stream = file.inputStream()) {
        return new String(stream.readNBytes(LONGEST), StandardCharsets.UTF_8);
      }
    } catch (jontainers.linux.SyscallException e) {
      return "";
    }
  }
}
