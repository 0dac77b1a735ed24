package jontainers.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.NewImage;
import jontainers.image.archive.ArchiveSave;
import jontainers.image.layer.Compression;
import jontainers.image.layer.Privilege;
import jontainers.image.name.Reference;
import jontainers.image.name.RegistryConfig;
import jontainers.image.registry.Credentials;
import jontainers.image.registry.PlatformMatch;
import jontainers.image.registry.RegistryClient;
import jontainers.image.registry.Timing;
import jontainers.image.registry.TransferListener;
import jontainers.oci.Digest;
import jontainers.oci.ImageConfig;

/// `bench/images`: what is done with an image of three layers, by ours and by other people's tools.
///
/// Arguments: a directory with `0.tar`, `1.tar` and `2.tar`; `bin/jontainers`; the number of
/// rounds; the address of a registry.
public final class Images {
  private static final Path SHELL = Path.of("/bin/sh");
  private static final String NAME = "127.0.0.1:REGISTRY/bench:1";

  private final Path directory;
  private final String command;
  private final String name;
  private final Reference reference;
  private final ImageStore store;
  private final String podman;
  private String docker = "";

  private Images(Path directory, String command, String registry) throws ImageException {
    this.directory = directory;
    this.command = command + " --root " + directory.resolve("state");
    this.name = NAME.replace("127.0.0.1:REGISTRY", registry);
    this.reference = Reference.parse(name);
    this.store =
        ImageStore.open(directory.resolve("warm"), Privilege.ROOT, ImageStore.LayersInUse.NONE);
    this.podman =
        "podman --root "
            + directory.resolve("podman")
            + " --runroot "
            + directory.resolve("run")
            + " --storage-driver overlay --cgroup-manager cgroupfs --events-backend none ";
  }

  /// Measure and print.
  public static void main(String[] arguments) throws Exception {
    var directory = Path.of(arguments[0]);
    var images = new Images(directory, arguments[1], arguments[3]);
    images.prepare();
    boolean dockerd = Programs.find("dockerd").isPresent();
    try (var daemon = dockerd ? Dockerd.open(directory.resolve("dockerd")) : null) {
      if (daemon != null) {
        images.docker = "docker --host " + daemon.socket() + " ";
      }
      images.run(Integer.parseInt(arguments[2]));
    }
  }

  /// One way to do a thing; what is done before and after is not measured.
  private record Way(String name, Deed before, Deed deed, Deed after) {
    static final Deed NOTHING = () -> {};
  }

  private interface Deed {
    void run() throws Exception;
  }

  private Deed shell(String script) {
    return () -> Programs.succeed(SHELL, List.of("sh", "-c", script));
  }

  private void run(int rounds) throws Exception {
    for (String form : List.of("plain", "gzip")) {
      print("load, layers in " + form, loads(directory.resolve(form + ".tar")), rounds);
    }
    print("save", saves(), rounds);
    print("pull", pulls(), rounds);
    print("commit", commits(), rounds);
  }

  private void prepare() throws Exception {
    for (String form : List.of("plain", "gzip")) {
      var image = image(form.equals("gzip") ? Compression.GZIP : Compression.NONE);
      try (var out = Files.newOutputStream(directory.resolve(form + ".tar"))) {
        store.save(
            List.of(new ImageStore.Saved(image, image.names())), ArchiveSave.Form.DOCKER, out);
      }
    }
    try (var client =
        RegistryClient.of(
            RegistryConfig.EMPTY.withInsecure(reference.domain()),
            Credentials.of(directory.resolve("none.json")),
            Timing.USUAL,
            Map.of())) {
      store.push(client, reference, TransferListener.NONE);
    }
    forget();
  }

  private Image image(Compression compression) throws Exception {
    Optional<Image> base = Optional.empty();
    for (int i = 0; i < 3; i++) {
      var plan =
          new NewImage(
              base,
              ImageConfig.Config.NONE,
              PlatformMatch.host().platform(),
              "",
              "",
              "",
              Instant.EPOCH);
      var tar = directory.resolve(i + ".tar");
      base =
          Optional.of(
              store.create(
                  plan,
                  compression,
                  out -> packed(tar, compression, out),
                  i == 2 ? Optional.of(reference) : Optional.empty()));
    }
    return base.orElseThrow();
  }

  private static Digest packed(Path tar, Compression compression, OutputStream out)
      throws IOException {
    var computation = Digest.Algorithm.SHA256.computation();
    byte[] piece = new byte[1 << 16];
    var target = compression == Compression.GZIP ? new GZIPOutputStream(out, 1 << 16) : out;
    try (var in = Files.newInputStream(tar)) {
      for (int count; (count = in.read(piece)) >= 0; ) {
        computation.update(piece, 0, count);
        target.write(piece, 0, count);
      }
    }
    if (target instanceof GZIPOutputStream gzip) {
      gzip.finish();
    }
    return Digest.of(Digest.Algorithm.SHA256, computation);
  }

  private void forget() throws ImageException {
    for (var image : store.list()) {
      var _ = store.remove(image.names());
    }
  }

  private List<Way> loads(Path archive) {
    var ways = new ArrayList<Way>();
    ways.add(
        new Way(
            "ours, in a JVM",
            Way.NOTHING,
            () -> {
              try (var in = new BufferedInputStream(Files.newInputStream(archive), 1 << 16)) {
                var _ = store.load(in);
              }
            },
            this::forget));
    ways.add(
        new Way(
            "ours, command",
            Way.NOTHING,
            shell(command + " load -q -i " + archive),
            shell(command + " rmi -f " + name)));
    if (!docker.isEmpty()) {
      ways.add(
          new Way(
              "docker",
              Way.NOTHING,
              shell(docker + "load -q -i " + archive),
              shell(docker + "rmi " + name)));
    }
    if (Programs.find("podman").isPresent()) {
      ways.add(
          new Way(
              "podman",
              Way.NOTHING,
              shell(podman + "load -q -i " + archive),
              shell(podman + "rmi -f " + name)));
    }
    if (Programs.find("umoci").isPresent() && Programs.find("skopeo").isPresent()) {
      var work = directory.resolve("umoci");
      ways.add(
          new Way(
              "skopeo + umoci",
              shell("mkdir -p " + work),
              shell(
                  "skopeo --insecure-policy copy -q docker-archive:"
                      + archive
                      + " oci:"
                      + work
                      + "/layout:x && umoci unpack --image "
                      + work
                      + "/layout:x "
                      + work
                      + "/b"),
              shell("rm -rf " + work)));
    }
    return ways;
  }

  private List<Way> saves() {
    var archive = directory.resolve("gzip.tar");
    var out = directory.resolve("saved.tar");
    var remove = shell("rm -f " + out);
    var ways = new ArrayList<Way>();
    ways.add(
        new Way(
            "ours, command",
            shell(command + " load -q -i " + archive),
            shell(command + " save -o " + out + " " + name),
            remove));
    if (!docker.isEmpty()) {
      ways.add(
          new Way(
              "docker",
              shell(docker + "load -q -i " + archive),
              shell(docker + "save -o " + out + " " + name),
              remove));
    }
    if (Programs.find("podman").isPresent()) {
      ways.add(
          new Way(
              "podman",
              shell(podman + "load -q -i " + archive),
              shell(podman + "save -q -o " + out + " " + name),
              remove));
    }
    return ways;
  }

  private List<Way> pulls() {
    var ways = new ArrayList<Way>();
    ways.add(
        new Way(
            "ours, command",
            shell(command + " rmi -f " + name + " || true"),
            shell(command + " pull -q --insecure " + name),
            Way.NOTHING));
    if (!docker.isEmpty()) {
      ways.add(
          new Way(
              "docker",
              shell(docker + "rmi " + name + " || true"),
              shell(docker + "pull -q " + name),
              Way.NOTHING));
    }
    if (Programs.find("podman").isPresent()) {
      ways.add(
          new Way(
              "podman",
              shell(podman + "rmi -f " + name + " || true"),
              shell(podman + "pull -q --tls-verify=false " + name),
              Way.NOTHING));
    }
    return ways;
  }

  /// Of those that can run a container here.
  private List<Way> commits() throws IOException {
    String run = "run --network none --name changed " + name + " /busybox cp -a /1 /copy";
    var ways = new ArrayList<Way>();
    for (String engine : List.of(command + " ", docker, podman)) {
      boolean ours = engine.startsWith(command);
      String once = engine + run + " && " + engine + "rm changed";
      if (!engine.isEmpty() && Programs.run(SHELL, List.of("sh", "-c", once)) == 0) {
        ways.add(
            new Way(
                ours ? "ours, command" : engine.split(" ")[0],
                shell(engine + run),
                shell(engine + "commit changed committed"),
                shell(engine + "rm changed && " + engine + "rmi committed")));
      }
    }
    return ways;
  }

  private static void print(String title, List<Way> ways, int rounds) throws Exception {
    var samples = new LinkedHashMap<String, Samples>();
    ways.forEach(way -> samples.put(way.name(), new Samples()));
    var order = new ArrayList<>(ways);
    var random = new Random(1);
    for (int round = -1; round < rounds; round++) { // the first one warms up
      Collections.shuffle(order, random);
      for (var way : order) {
        way.before().run();
        long begin = System.nanoTime();
        way.deed().run();
        long end = System.nanoTime();
        way.after().run();
        if (round >= 0) {
          of(samples, way.name()).add(round, end - begin);
        }
      }
    }
    System.out.printf("%n%-16s %10s %10s %14s%n", title, "median ms", "p90 ms", "first to this");
    samples.forEach((name, times) ->
        System.out.printf(
            "%-16s %10.0f %10.0f %14.2f%n",
            name,
            times.medianMillis(),
            times.p90Millis(),
            of(samples, ways.getFirst().name()).pairedRatio(times)));
  }

  private static Samples of(Map<String, Samples> samples, String name) {
    return Objects.requireNonNull(samples.get(name));
  }
}
