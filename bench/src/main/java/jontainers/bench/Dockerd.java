package jontainers.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Docker's daemon with its containerd, in the namespaces of this process.
///
/// Its network is a bridge without a packet filter. It keeps all it has in one directory.
final class Dockerd implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;

  private final Path directory;
  private final Path log;
  private final String cgroup = "docker-bench-" + ProcessHandle.current().pid();
  private final Process daemon;

  private Dockerd(Path directory) throws IOException {
    this.directory = directory;
    this.log = directory.resolve("log");
    this.daemon =
        new ProcessBuilder(
                "dockerd",
                "--data-root=" + directory.resolve("data"),
                "--exec-root=" + directory.resolve("exec"),
                "--pidfile=" + directory.resolve("pid"),
                "--host=" + socket(),
                "--bip=172.19.96.1/22",
                "--iptables=false",
                "--ip6tables=false",
                "--ip-masq=false",
                "--cgroup-parent=/" + cgroup)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
  }

  /// Start it and wait until it answers.
  static Dockerd open(Path directory) throws IOException, InterruptedException {
    var docker = new Dockerd(Files.createDirectories(directory));
    try {
      docker.awaitListening();
      return docker;
    } catch (IOException | InterruptedException | RuntimeException e) {
      docker.close();
      throw e;
    }
  }

  /// Return where it listens, as clients are told.
  String socket() {
    return "unix://" + directory.resolve("socket");
  }

  private void awaitListening() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (Programs.run(
            Programs.find("docker").orElseThrow(), List.of("docker", "--host", socket(), "version"))
        != 0) {
      if (System.nanoTime() > deadline || daemon.waitFor(100, TimeUnit.MILLISECONDS)) {
        throw new IOException("dockerd does not answer: " + lastLine());
      }
    }
  }

  private String lastLine() throws IOException {
    var lines = Files.readAllLines(log);
    return lines.isEmpty() ? "" : lines.getLast();
  }

  @Override
  public void close() {
    daemon.destroy(); // it ends its containerd
    if (daemon
        .onExit()
        .completeOnTimeout(daemon, DEADLINE_SECONDS, TimeUnit.SECONDS)
        .join()
        .isAlive()) {
      daemon.destroyForcibly().onExit().join();
    }
  }
}
