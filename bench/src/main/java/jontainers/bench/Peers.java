package jontainers.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Other people's engines and runtimes, those that are installed and work here.
final class Peers implements AutoCloseable {
  /// One turn of an engine with a daemon takes as long as twenty of a runtime.
  private static final int SLOW = 10;

  /// Podman's own are higher than what this process may have been allowed to give.
  private static final String[] LIMITS = {"--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"};

  private final Path directory;
  private final Path rootfs;
  private final PrintStream out;
  private final List<Peer> peers = new ArrayList<>();
  private final List<Dockerd> daemons = new ArrayList<>();

  private Peers(Path directory, Path rootfs, PrintStream out) {
    this.directory = directory;
    this.rootfs = rootfs;
    this.out = out;
  }

  /// Find and start all; say which ones are left out, and why.
  static Peers open(Path directory, Path rootfs, PrintStream out) {
    var peers = new Peers(directory, rootfs, out);
    peers.attempt("crun", () -> peers.runtime("crun"));
    peers.attempt("runc", () -> peers.runtime("runc"));
    peers.attempt("docker", peers::docker);
    peers.attempt("podman", peers::podman);
    return peers;
  }

  List<Peer> all() {
    return List.copyOf(peers);
  }

  @Override
  public void close() {
    daemons.forEach(Dockerd::close);
  }

  private interface Making {
    Peer make() throws Exception;
  }

  private void attempt(String name, Making making) {
    if (Programs.find(name).isEmpty()) {
      out.println(name + ": not installed, skipped");
      return;
    }
    try {
      var peer = making.make();
      peer.once(peer.withoutNetwork()).run();
      peer.once(peer.withBridge()).run();
      peers.add(peer);
    } catch (Exception e) {
      out.println(name + ": does not run here, skipped: " + e.getMessage());
    }
  }

  /// A bundle of the runtime's own `spec`, over the common root directory as it is, without an
  /// overlay; a network namespace with nothing in it.
  private Peer runtime(String name) throws IOException {
    var bundle = Files.createDirectories(directory.resolve(name));
    String program = String.valueOf(Programs.find(name).orElseThrow());
    Programs.succeed(
        Path.of("/bin/sh"), List.of("sh", "-c", "cd " + bundle + " && " + program + " spec"));
    var config = bundle.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replaceFirst("\"terminal\": true", "\"terminal\": false")
            .replaceFirst("\"sh\"", "\"/bin/true\"")
            .replaceFirst("\"path\": \"rootfs\"", "\"path\": \"" + rootfs + "\""));
    var words =
        List.of(
            program, "--root", bundle + "-state", "run", "--bundle", bundle.toString(), "bench{}");
    return new Peer(name, words, words, 1);
  }

  private Peer docker() throws Exception {
    var daemon = Dockerd.open(directory.resolve("docker"));
    daemons.add(daemon);
    var command = List.of(program("docker"), "--host", daemon.socket());
    importImage(with(command, "import"));
    return new Peer("docker", running(command, "none"), running(command, "bridge"), SLOW);
  }

  private Peer podman() throws IOException {
    var place = Files.createDirectories(directory.resolve("podman"));
    var command =
        List.of(
            program("podman"),
            "--root=" + place.resolve("root"),
            "--runroot=" + place.resolve("run"),
            "--tmpdir=" + place.resolve("tmp"),
            "--cgroup-manager=cgroupfs",
            "--events-backend=none");
    importImage(with(command, "import"));

    return new Peer(
        "podman", running(command, "none", LIMITS), running(command, "bridge", LIMITS), SLOW);
  }

  private static List<String> running(List<String> command, String network, String... options) {
    return with(
        with(with(command, "run", "--rm", "--network", network), options), "busybox", "/bin/true");
  }

  private void importImage(List<String> command) throws IOException {
    var tar = directory.resolve("busybox.tar");
    Programs.succeed(
        Path.of("/bin/tar"), List.of("tar", "-cf", tar.toString(), "-C", rootfs.toString(), "."));
    Programs.succeed(Path.of(command.getFirst()), with(command, tar.toString(), "busybox"));
  }

  private static String program(String name) {
    return Programs.find(name).orElseThrow().toString();
  }

  private static List<String> with(List<String> words, String... more) {
    var all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return all;
  }
}
