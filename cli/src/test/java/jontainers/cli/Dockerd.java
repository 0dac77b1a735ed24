package jontainers.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Docker's daemon with its containerd in the namespaces of the test, with an image `busybox`.
///
/// It has no network and no firewall, and keeps all it has in one directory.
final class Dockerd implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;

  private final Machine machine;
  private final Path directory;
  private final String cgroup = "docker-test-" + ProcessHandle.current().pid();
  private final Process daemon;

  private Dockerd(Machine machine, Path directory) throws IOException {
    this.machine = machine;
    this.directory = directory;
    // Its own word that it listens is in its log, which it writes to standard error.
    this.daemon =
        new ProcessBuilder(
                "dockerd",
                "--data-root=" + directory.resolve("data"),
                "--exec-root=" + directory.resolve("exec"),
                "--pidfile=" + directory.resolve("pid"),
                "--host=" + socket(),
                "--iptables=false",
                "--ip6tables=false",
                "--bridge=none",
                "--storage-driver=vfs",
                "--cgroup-parent=/" + cgroup)
            .redirectErrorStream(true)
            .start();
  }

  /// Start it and wait until it listens.
  ///
  /// @param tar what its image `busybox` holds
  static Dockerd open(Machine machine, Path directory, Path tar) throws IOException {
    var docker = new Dockerd(machine, Files.createDirectory(directory.resolve("docker")));
    try {
      docker.awaitListening();
      machine.text("docker", "--host", docker.socket(), "import", tar.toString(), "busybox");
      return docker;
    } catch (IOException | AssertionError e) {
      docker.close();
      throw e;
    }
  }

  /// Run a program in busybox.
  Machine.Outcome run(String... arguments) throws IOException {
    var words = new ArrayList<>(List.of("docker", "--host", socket(), "run", "--rm"));
    words.addAll(List.of("--network", "none"));
    int options = 0;
    while (options < arguments.length && arguments[options].startsWith("-")) {
      options += 2; // each has a value
    }
    words.addAll(List.of(arguments).subList(0, options));
    words.add("busybox");
    words.addAll(List.of(arguments).subList(options, arguments.length));
    return machine.program(words.toArray(String[]::new));
  }

  @Override
  public void close() throws IOException {
    daemon.destroy(); // it ends its containerd
    try {
      if (!daemon.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        daemon.destroyForcibly().onExit().join();
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
    daemon.getInputStream().close();
    daemon.getOutputStream().close();
    daemon.getErrorStream().close();
    for (String hierarchy : Machine.names(Path.of("/sys/fs/cgroup"))) {
      Files.deleteIfExists(Path.of("/sys/fs/cgroup", hierarchy, cgroup));
    }
  }

  private String socket() {
    return "unix://" + directory.resolve("socket");
  }

  private void awaitListening() throws IOException {
    var log = new StringBuilder();
    var reader = daemon.inputReader();
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      log.append(line).append('\n');
      if (line.contains("API listen on")) {
        Thread.ofVirtual()
            .start(() -> {
              try {
                reader.transferTo(java.io.Writer.nullWriter());
              } catch (IOException e) {
                // it is closed
              }
            });
        return;
      }
    }
    throw new AssertionError("dockerd ended: " + log);
  }
}
