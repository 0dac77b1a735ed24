package jontainers.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jontainers.engine.ContainerSpec;
import jontainers.linux.Fd;

/// Containers that have some of everything, so that all kinds of steps make them.
@SuppressWarnings("ImmutableEnumChecker") // the lists are
enum Whole {
  /// Another user's, under an init.
  USER(
      List.of("--init", "-u", "7:8", "--group-add", "9", "--cap-add", "NET_ADMIN"),
      List.of("sh", "-c", "cat")),
  /// On a terminal, with a root filesystem that nobody changes.
  TERMINAL(
      List.of("-t", "--read-only", "--security-opt", "no-new-privileges", "--cap-drop", "MKNOD"),
      List.of("/bin/sleep", "60"));

  private final List<String> options;
  private final List<String> command;

  Whole(List<String> options, List<String> command) {
    this.options = options;
    this.command = command;
  }

  /// Return one, with its directories made.
  ///
  /// @param directory where `fs/orig` is its root filesystem
  /// @param more options
  ContainerSpec spec(Path directory, String... more) throws IOException {
    Files.createDirectories(directory.resolve("data"));
    Files.writeString(directory.resolve("file"), "");
    var words =
        new ArrayList<>(
            List.of(
                "--rm --rootfs fs/orig --hostname box --domainname net --memory 64m"
                    .concat(" --pids-limit 100 --cpus 0.5 --ulimit nofile=100:200")
                    .concat(" --oom-score-adj 7 --sysctl net.ipv4.ip_unprivileged_port_start=0")
                    .concat(" -v data:/data:ro -v file:/etc/file --tmpfs /scratch:size=1m")
                    .concat(" --device /dev/zero:/dev/nought -w /work -e A=b")
                    .split(" ")));
    words.set(words.indexOf("data:/data:ro"), directory.resolve("data") + ":/data:ro");
    words.set(words.indexOf("file:/etc/file"), directory.resolve("file") + ":/etc/file");
    words.addAll(options);
    words.addAll(List.of(more));
    words.addAll(command);
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY)) {
      return RunCommand.containerSpec(
          new Session(none, none, none, Map.of(), directory),
          CommandParser.parse(new RunCommand().spec(), words));
    } catch (UsageException e) {
      throw new AssertionError(words + " is refused", e);
    }
  }
}
