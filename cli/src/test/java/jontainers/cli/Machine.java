package jontainers.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The machine as a user sees it: run `bin/jontainers` and other programs, and look at the host.
///
/// Each has a state directory of its own. Every command has a deadline.
final class Machine {
  private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();
  private static final long DEADLINE_SECONDS = 60;

  private final Path directory;

  Machine(Path directory) {
    this.directory = directory;
  }

  /// What a program left: its exit code and what it wrote.
  record Outcome(int code, byte[] output, String errors) {
    String out() {
      return new String(output, StandardCharsets.UTF_8);
    }
  }

  Path root() {
    return directory.resolve("state");
  }

  /// Run `jontainers --root STATE ARGUMENTS…`.
  Outcome jontainers(String... arguments) throws IOException {
    return finish(start(command(arguments)), "");
  }

  /// Run it with something on standard input.
  Outcome jontainersReading(String input, String... arguments) throws IOException {
    return finish(start(command(arguments)), input);
  }

  /// Begin to run it.
  Process startJontainers(String... arguments) throws IOException {
    return start(command(arguments));
  }

  /// Return the words that run it.
  List<String> command(String... arguments) {
    var words = new ArrayList<String>();
    words.add(CHECKOUT.resolve("bin/jontainers").toString());
    words.add("--root");
    words.add(root().toString());
    words.addAll(Arrays.asList(arguments));
    return words;
  }

  /// Run any program.
  Outcome program(String... words) throws IOException {
    return finish(start(List.of(words)), "");
  }

  /// Run a program that has to succeed; return what it wrote, without the last line end.
  String text(String... words) throws IOException {
    var outcome = program(words);
    if (outcome.code() != 0) {
      throw new AssertionError(
          String.join(" ", words) + ": exit " + outcome.code() + ": " + outcome.errors());
    }
    return outcome.out().stripTrailing();
  }

  /// Wait for a program and gather what it wrote.
  Outcome finish(Process process, String input) throws IOException {
    byte[][] written = new byte[2][];
    var errors = Thread.ofVirtual().start(() -> written[1] = drain(process.getErrorStream()));
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // it does not read
    }
    var output = Thread.ofVirtual().start(() -> written[0] = drain(process.getInputStream()));
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            "still running after " + DEADLINE_SECONDS + " s: " + process.info());
      }
      output.join();
      errors.join();
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
    return new Outcome(
        process.exitValue(), written[0], new String(written[1], StandardCharsets.UTF_8));
  }

  /// Return what of a container is left on the host.
  List<String> leftovers() throws IOException {
    var left = new ArrayList<String>();
    names(Path.of("/sys/class/net")).stream().filter(n -> n.startsWith("jt")).forEach(left::add);
    for (String hierarchy : names(Path.of("/sys/fs/cgroup"))) {
      for (var top :
          List.of(
              Path.of("/sys/fs/cgroup/jontainers"),
              Path.of("/sys/fs/cgroup", hierarchy, "jontainers"))) {
        for (String name : names(top)) {
          if (Files.isDirectory(top.resolve(name))) {
            left.add("cgroup " + top.resolve(name));
          }
        }
      }
    }
    for (String name : names(root().resolve("containers"))) {
      left.add("container " + name);
    }
    Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .filter(line -> line.contains(root().toString()))
        .forEach(line -> left.add("mount " + line));
    return left;
  }

  /// Build a root filesystem of busybox.
  Path busybox() throws IOException {
    var rootfs = directory.resolve("fs/orig");
    for (String name : List.of("bin", "etc", "tmp", "root", "proc", "sys", "dev")) {
      Files.createDirectories(rootfs.resolve(name));
    }
    Files.copy(Path.of("/bin/busybox"), rootfs.resolve("bin/busybox"));
    for (String applet :
        text("/bin/busybox", "--list").lines().filter(a -> !a.equals("busybox")).toList()) {
      Files.createSymbolicLink(rootfs.resolve("bin").resolve(applet), Path.of("busybox"));
    }
    Files.writeString(rootfs.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
    Files.writeString(rootfs.resolve("etc/group"), "root:x:0:\n");
    return rootfs;
  }

  static List<String> names(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (var entries = Files.list(directory)) {
      return entries.map(e -> e.getFileName().toString()).sorted().toList();
    }
  }

  private Process start(List<String> words) throws IOException {
    var builder = new ProcessBuilder(words).directory(directory.toFile());
    builder.environment().putAll(Map.of("LC_ALL", "C.UTF-8"));
    return builder.start();
  }

  private static byte[] drain(java.io.InputStream stream) {
    try (stream) {
      return stream.readAllBytes();
    } catch (IOException e) {
      return new byte[0];
    }
  }
}
