package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import jontainers.testkit.Links;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The machine as a user sees it: run `bin/jontainers` and other programs, and look at the host.
///
/// Each has a state directory of its own. Every command has a deadline. Registered as an extension
/// it makes its directory with a busybox in `fs/orig` before each test, and after it takes the
/// network away and fails a test that left something of a container.
final class Machine implements BeforeEachCallback, AfterEachCallback {
  private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();
  private static final long DEADLINE_SECONDS = 60;
  private static final String ROOTFS = "fs/orig";

  private @Nullable Path directory;
  private List<String> cgroupsBefore = List.of();

  /// Make one to be registered as an extension.
  Machine() {}

  Machine(Path directory) {
    this.directory = directory;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    directory = Files.createTempDirectory("machine").toRealPath();
    cgroupsBefore = cgroups();
    busybox();
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    try {
      if (Links.names().contains("jontainers0")) {
        var stopped = jontainers("stop", "--force");
        assertThat(stopped.code()).as(stopped.errors()).isZero();
      }
      assertThat(leftovers()).as("left on the host").isEmpty();
    } finally {
      takeNetworkAway();
      text("rm", "-rf", "--one-file-system", directory().toString());
    }
  }

  /// A test that failed must not make the next one fail.
  private void takeNetworkAway() throws IOException {
    if (Links.names().contains("jontainers0")) {
      program("ip", "link", "delete", "jontainers0");
      program("nft", "delete", "table", "inet", "jontainers");
      program("nft", "delete", "table", "bridge", "jontainers");
    }
  }

  /// Return the directory that the commands run in.
  Path directory() {
    return Objects.requireNonNull(directory, "before the test");
  }

  /// What a program left: its exit code and what it wrote.
  record Outcome(int code, byte[] output, String errors) {
    String out() {
      return new String(output, StandardCharsets.UTF_8);
    }

    List<String> lines() {
      return out().lines().toList();
    }
  }

  /// Return the root filesystem of busybox.
  Path rootfs() {
    return directory().resolve(ROOTFS);
  }

  Path root() {
    return directory().resolve("state");
  }

  /// Run `jontainers --root STATE ARGUMENTS…`.
  Outcome jontainers(String... arguments) throws IOException {
    return finish(start(command(arguments)), "");
  }

  /// Run a program in busybox, without a network and keeping nothing.
  ///
  /// @param arguments options, the program, its arguments
  Outcome run(String... arguments) throws IOException {
    return jontainers(runWords(arguments));
  }

  /// Run a shell script in busybox that has to succeed; return what it wrote.
  Outcome shell(String script) throws IOException {
    var outcome = run("sh", "-c", script);
    if (outcome.code() != 0) {
      throw new AssertionError(script + ": exit " + outcome.code() + ": " + outcome.errors());
    }
    return outcome;
  }

  /// Begin to run a program in busybox, as [#run] does.
  Running begin(String... arguments) throws IOException {
    return new Running(startJontainers(runWords(arguments)));
  }

  /// Return the words of [#run].
  static String[] runWords(String... arguments) {
    return Stream.concat(
            Stream.of("run", "--rm", "--network", "none", "--rootfs", ROOTFS),
            Arrays.stream(arguments))
        .toArray(String[]::new);
  }

  /// Run it with other variables of the environment.
  Outcome jontainersWith(Map<String, String> environment, String... arguments) throws IOException {
    return finish(start(command(arguments), environment), "");
  }

  /// Run it with something on standard input.
  Outcome jontainersReading(String input, String... arguments) throws IOException {
    return finish(start(command(arguments)), input);
  }

  /// Run it with other variables of the environment and something on standard input.
  Outcome jontainersReading(Map<String, String> environment, String input, String... arguments)
      throws IOException {
    return finish(start(command(arguments), environment), input);
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

  /// Return what of a container is left on the host; the state of one that was kept is not.
  List<String> leftovers() throws IOException {
    var left = new ArrayList<String>();
    Links.names().stream().filter(n -> n.startsWith("jt")).forEach(n -> left.add("link " + n));
    for (String id : names(root().resolve("containers"))) {
      if (Files.exists(root().resolve("containers").resolve(id).resolve("ledger"))) {
        left.add("ledger of container " + id);
      }
    }
    names(root().resolve("trash")).forEach(id -> left.add("trash " + id));
    for (String name : names(root().resolve("names"))) {
      var target = Files.readSymbolicLink(root().resolve("names").resolve(name));
      if (!Files.isDirectory(root().resolve("containers").resolve(target))) {
        left.add("name " + name);
      }
    }
    for (String address : names(root().resolve("network/bridge/addresses"))) {
      left.add("address " + address);
    }
    cgroups().stream().filter(c -> !cgroupsBefore.contains(c)).forEach(left::add);
    processes().forEach(p -> left.add("process " + p.pid() + " " + p.info()));
    Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .filter(line -> line.contains(root().toString()))
        .forEach(line -> left.add("mount " + line));
    return left;
  }

  /// Return the cgroups of containers that have ended. Somebody else's containers may run on the
  /// same machine: theirs have processes.
  private static List<String> cgroups() throws IOException {
    var found = new ArrayList<String>();
    var hierarchies = new ArrayList<Path>();
    hierarchies.add(Path.of("/sys/fs/cgroup"));
    names(hierarchies.getFirst()).forEach(n -> hierarchies.add(Path.of("/sys/fs/cgroup", n)));
    for (var hierarchy : hierarchies) {
      for (String id : names(hierarchy.resolve("jontainers"))) {
        var processes = hierarchy.resolve("jontainers").resolve(id).resolve("cgroup.procs");
        if (Files.exists(processes) && Files.readString(processes).isEmpty()) {
          found.add("cgroup " + processes.getParent());
        }
      }
    }
    return found;
  }

  /// Wait until no process of any container is left, those included that are just coming to be.
  void awaitNoProcess() throws IOException {
    for (var left = processes(); !left.isEmpty(); left = processes()) {
      for (var process : left) {
        try {
          process.onExit().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
          throw new AssertionError("still there: " + process.info(), e);
        }
      }
    }
  }

  /// Return the processes in containers of this state directory, and guards in this namespace.
  List<ProcessHandle> processes() throws IOException {
    var found = new ArrayList<ProcessHandle>();
    var network = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    for (String pid : names(Path.of("/proc"))) {
      if (!Character.isDigit(pid.charAt(0))) {
        continue;
      }
      var process = Path.of("/proc", pid);
      try {
        boolean inside = Files.readString(process.resolve("mountinfo")).contains(root() + "/");
        boolean guard =
            Files.readSymbolicLink(process.resolve("exe")).startsWith("/memfd:jontainers (deleted)")
                && Files.readSymbolicLink(process.resolve("ns/net")).equals(network);
        if (inside || guard) {
          ProcessHandle.of(Long.parseLong(pid)).ifPresent(found::add);
        }
      } catch (IOException e) {
        // it has ended, or it is a kernel thread
      }
    }
    return found;
  }

  /// Build a root filesystem of busybox.
  Path busybox() throws IOException {
    var rootfs = rootfs();
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
    return start(words, Map.of());
  }

  private Process start(List<String> words, Map<String, String> environment) throws IOException {
    var builder = new ProcessBuilder(words).directory(directory().toFile());
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().putAll(environment);
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
