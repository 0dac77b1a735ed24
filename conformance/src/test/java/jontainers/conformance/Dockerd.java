package jontainers.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.conformance.Command.Outcome;

/// Docker's daemon with the runtime of examples/docker/daemon.json, and the image `busybox`.
final class Dockerd implements AutoCloseable {
  private final EngineFiles files;
  private final Path directory;
  private final Daemon daemon;

  private Dockerd(EngineFiles files, Daemon daemon) {
    this.files = files;
    this.directory = files.directory();
    this.daemon = daemon;
  }

  /// Start it.
  ///
  /// @param options of dockerd beside those that keep it to itself
  static Dockerd start(Subject subject, String... options) throws IOException {
    Programs.need("dockerd", "docker.io");
    Programs.need("docker", "docker.io");
    var files = EngineFiles.of(subject, "docker");
    var directory = files.directory();
    var words =
        new ArrayList<>(
            List.of(
                "dockerd",
                "--config-file",
                files.example("docker/daemon.json").toString(),
                "--data-root",
                directory.resolve("data").toString(),
                "--exec-root",
                directory.resolve("exec").toString(),
                "--pidfile",
                directory.resolve("pid").toString(),
                "--host",
                "unix://" + directory.resolve("sock"),
                "--storage-driver",
                "overlay2"));
    words.addAll(List.of(options));
    var docker = new Dockerd(files, Daemon.start(directory.resolve("log"), "API listen on", words));
    docker.docker("load", "--input", files.image().toString()).succeeded();
    return docker;
  }

  Path directory() {
    return directory;
  }

  String configuration() throws IOException {
    return Files.readString(directory.resolve("daemon.json"));
  }

  Outcome docker(String... words) {
    return command(words).run();
  }

  Command command(String... words) {
    var all = new ArrayList<>(List.of("docker", "--host", "unix://" + directory.resolve("sock")));
    all.addAll(List.of(words));
    return Command.of(all).with("HOME", directory.toString()).with("DOCKER_BUILDKIT", "0");
  }

  /// Remove the containers that there are.
  void removeContainers() {
    for (String id : docker("ps", "--all", "--quiet").succeeded().lines()) {
      docker("rm", "--force", id).succeeded();
    }
    Orphans.reap();
  }

  String inspect(String name, String format) {
    return docker("inspect", name, "--format", format).succeeded().text();
  }

  @Override
  public void close() throws IOException {
    daemon.close();
    Orphans.reap();
    Command.of("sh", "-c", "umount -l " + directory + "/exec/netns/* 2>/dev/null; true").run();
    files.remove();
  }
}
