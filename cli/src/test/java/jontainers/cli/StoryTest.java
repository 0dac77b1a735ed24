package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The story of the proof of concept, line by line, on a terminal.
@KernelTest
@InVm
class StoryTest {
  private static final List<String> LINES =
      List.of(
          "ps",
          "ip link",
          "mount",
          "ping -c 1 8.8.8.8",
          "echo 'nameserver 8.8.8.8' > /etc/resolv.conf",
          "ping -c 1 google.com",
          "echo \"this is my file\" > /testaroo",
          "exit");

  @TempDir Path directory;

  @Test
  void a_shell_on_a_bridged_overlay_saves_its_filesystem() throws Exception {
    var machine = new Machine(directory);
    var rootfs = machine.busybox();
    String before = fingerprint(machine, rootfs);
    var tar = directory.resolve("rootfs.tar");
    try (var _ = Internet.open(machine, directory)) {
      assertThat(machine.jontainers("start").out()).contains("jontainers0 (172.19.80.1/24)");

      String transcript =
          onTerminal(
              machine.command(
                  "run",
                  "-it",
                  "--rm",
                  "--rootfs",
                  "fs/orig",
                  "--export",
                  tar.toString(),
                  "/bin/sh"));

      Files.createDirectories(Path.of("target"));
      Files.writeString(Path.of("target/story.txt"), transcript);
      assertThat(section(transcript, 0)).contains("1 root", "/bin/sh").contains("ps");
      assertThat(section(transcript, 0).lines().filter(l -> l.matches(" +\\d+ .*")))
          .hasSizeLessThan(4);
      assertThat(section(transcript, 1)).contains("lo:", "eth0@");
      assertThat(section(transcript, 2)).contains("overlay on / ", "proc on /proc ");
      assertThat(section(transcript, 3)).contains("1 packets received");
      assertThat(section(transcript, 5)).contains("google.com (8.8.8.8)", "1 packets received");
      assertThat(machine.leftovers()).isEmpty();
      assertThat(machine.jontainers("stop").code()).isZero();
    }
    assertThat(machine.text("tar", "tvf", tar.toString()).lines())
        .anyMatch(line -> line.matches(".* 16 .* \\./testaroo"));
    assertThat(fingerprint(machine, rootfs)).isEqualTo(before);
  }

  /// Type the lines, each when the prompt for it has come.
  private String onTerminal(List<String> command) throws IOException {
    String line = String.join(" ", command);
    var process =
        new ProcessBuilder("script", "-qec", line, "/dev/null")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    var output = new StringBuilder();
    try (var keys = process.outputWriter();
        var screen = process.inputReader()) {
      for (String typed : LINES) {
        readUntilPrompt(screen, output);
        keys.write(typed + "\n");
        keys.flush();
      }
      for (int c; (c = screen.read()) >= 0; ) {
        output.append((char) c);
      }
    }
    assertThat(process.onExit().join().exitValue()).as(output.toString()).isZero();
    return output.toString().replace("\r", "");
  }

  private static void readUntilPrompt(java.io.Reader screen, StringBuilder output)
      throws IOException {
    int from = output.length();
    while (output.indexOf("/ # ", from) < 0) {
      int c = screen.read();
      if (c < 0) {
        throw new AssertionError("the shell ended: " + output);
      }
      output.append((char) c);
    }
  }

  /// Return what the shell answered to a line.
  private static String section(String transcript, int line) {
    var parts = new ArrayList<>(List.of(transcript.split("/ # ")));
    return parts.get(line + 1);
  }

  private static String fingerprint(Machine machine, Path directory) throws IOException {
    return machine.text(
        "sh",
        "-c",
        "cd " + directory + " && find . -printf '%p %y %m %U:%G %s %T@ %l\\n' | sort | sha256sum");
  }
}
