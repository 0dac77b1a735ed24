package jontainers.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Fd;
import jontainers.linux.Pidfd;
import jontainers.linux.Spawn;

/// Run other programs at the least cost a JVM can: posix_spawn(3), without the JDK's helper.
final class Programs {
  private static final List<String> ENVIRONMENT =
      List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root");

  private Programs() {}

  /// Find a program along PATH.
  static Optional<Path> find(String name) {
    return List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
        .stream()
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// Run a program in silence; return its exit code.
  static int run(Path program, List<String> arguments) throws IOException {
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR);
        var process =
            Pidfd.open(
                Spawn.spawn(
                    program.toString(), arguments, ENVIRONMENT, List.of(none, none, none)))) {
      return process.waitFor().shellCode();
    }
  }

  /// Run a program that has to succeed.
  static void succeed(Path program, List<String> arguments) throws IOException {
    int code = run(program, arguments);
    if (code != 0) {
      throw new IOException(String.join(" ", arguments) + ": exit " + code);
    }
  }
}
