package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import jontainers.conformance.Command.Outcome;
import jontainers.testkit.ConformanceTest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Images go to other people's tools and come back the same.
@ConformanceTest
class RoundTripTest {
  private static final String NAME = "example.com/round/trip:v1";
  private static @Nullable Path made;

  /// What was made once: `state`, `docker.tar`, `oci.tar`, and the directory `layout`.
  private static Path made() {
    return Objects.requireNonNull(made, "before the tests");
  }

  private Path directory = Path.of("/nonexistent");

  /// An image of two layers: busybox, and one with a file, a link, whiteouts and owners.
  @BeforeAll
  static void image() throws IOException {
    made = Files.createTempDirectory("roundtrip");
    var rootfs = made().resolve("rootfs");
    Bundle.rootfs(rootfs);
    Files.createDirectories(rootfs.resolve("old/sub"));
    Files.writeString(rootfs.resolve("old/sub/file"), "x");
    var state = made().resolve("state");
    sh(made(), "tar -C rootfs -cf rootfs.tar .");
    jontainers(state, "import", "rootfs.tar", "base");
    jontainers(
        state,
        "run",
        "--network",
        "none",
        "--name",
        "change",
        "base",
        "sh",
        "-c",
        "echo new > /new; ln /new /hard; ln -s new /soft; chown 12:34 /new; chmod 4755 /new;"
            + " rm -r /old; mkdir /old; echo y > /old/y; rm /bin/yes; mknod /dev-null c 1 3");
    jontainers(
        state, "commit", "-c", "ENV ROUND=trip", "-c", "CMD [\"cat\",\"/new\"]", "change", NAME);
    jontainers(state, "save", "-o", "docker.tar", NAME);
    jontainers(state, "save", "--format", "oci-archive", "-o", "oci.tar", NAME);
    jontainers(state, "save", "--format", "oci-dir", "-o", "layout", NAME);
  }

  @AfterAll
  static void forget() throws IOException {
    sh(Path.of("/"), "rm -rf --one-file-system " + made());
  }

  @BeforeEach
  void fresh() throws IOException {
    directory = Files.createTempDirectory("roundtrip");
  }

  @AfterEach
  void remove() {
    sh(Path.of("/"), "rm -rf --one-file-system " + directory);
  }

  private static Outcome sh(Path in, String script) {
    return Command.of("sh", "-ec", script).in(in).run().succeeded();
  }

  private static Outcome jontainers(Path state, String... words) {
    var all = new ArrayList<>(List.of(Checkout.path("bin/jontainers").toString()));
    all.addAll(List.of("--root", state.toString()));
    all.addAll(List.of(words));
    return Command.of(all).in(state.resolveSibling(".").normalize()).run().succeeded();
  }

  private Outcome jontainers(String... words) {
    return jontainers(directory.resolve("state"), words);
  }

  private static String id() {
    return jontainers(made().resolve("state"), "inspect", "-f", "{{.Id}}", NAME).text();
  }

  private static String manifest() {
    return jontainers(made().resolve("state"), "inspect", "-f", "{{.Descriptor.digest}}", NAME)
        .text();
  }

  /// Load an archive or layout into an empty store and see that its image is the one that was made.
  private void comesBack(String archive, Same same) {
    jontainers("load", "-i", directory.resolve(archive).toString());
    String found = jontainers("images", "-q", "--no-trunc").text();
    if (same != Same.NOTHING) {
      assertThat(found).as("the configuration is the same, byte for byte").isEqualTo(id());
    }
    if (same == Same.ALL) {
      assertThat(jontainers("inspect", "-f", "{{.Descriptor.digest}}", found).text())
          .isEqualTo(manifest());
    }
    assertThat(
            jontainers(
                    "run",
                    "--rm",
                    "--network",
                    "none",
                    found,
                    "sh",
                    "-c",
                    "cat /new; stat -c '%a %u:%g %h' /new; readlink /soft; ls /old; ls /bin/yes;"
                        + " stat -c %t:%T /dev-null; echo $ROUND; true")
                .text())
        .isEqualTo("new\n4755 12:34 2\nnew\ny\n1:3\ntrip");
    assertThat(jontainers("run", "--rm", "--network", "none", found).text()).isEqualTo("new");
  }

  @ParameterizedTest
  @CsvSource({
    "docker-archive:MADE/docker.tar, docker-archive:docker.tar:x.io/y:z, docker.tar, CONFIG",
    "docker-archive:MADE/docker.tar, oci-archive:oci.tar:x.io/y:z, oci.tar, NOTHING",
    "oci-archive:MADE/oci.tar, oci-archive:oci.tar:x.io/y:z, oci.tar, ALL",
    "oci-archive:MADE/docker.tar, oci-archive:oci.tar, oci.tar, ALL",
    "oci:MADE/layout, oci:layout:x.io/y:z, layout, ALL",
    "oci:MADE/layout, docker-archive:docker.tar, docker.tar, CONFIG"
  })
  void skopeo_copies_it(String from, String to, String archive, Same same) {
    Programs.need("skopeo", "skopeo");
    skopeo("copy", "--preserve-digests", from, to, same == Same.ALL);
    comesBack(archive, same);
  }

  /// What has the same bytes after a way through another tool.
  enum Same {
    /// Manifest, configuration and layers.
    ALL,
    CONFIG,
    /// The tool writes configurations anew when it changes from Docker's form to OCI's.
    NOTHING
  }

  private void skopeo(String verb, String option, String from, String to, boolean preserve) {
    sh(
        directory,
        "skopeo --insecure-policy "
            + verb
            + (preserve ? " " + option : "")
            + " "
            + from.replace("MADE", made().toString())
            + " "
            + to);
  }

  @Test
  void skopeo_reads_what_it_says() {
    Programs.need("skopeo", "skopeo");
    for (String form :
        List.of("docker-archive:" + made() + "/docker.tar", "oci:" + made() + "/layout")) {
      var seen = Json.parse(sh(directory, "skopeo inspect --config " + form).out());
      assertThat(seen.toString()).contains("ROUND=trip");
      assertThat(sh(directory, "skopeo inspect " + form).out()).contains("\"linux\"");
    }
  }

  @Test
  void umoci_unpacks_and_repacks_it() throws IOException {
    Programs.need("umoci", "umoci");
    sh(directory, "cp -r " + made() + "/layout layout; umoci ls --layout layout");
    sh(directory, "umoci unpack --image layout:v1 bundle");
    assertThat(
            sh(
                    directory,
                    "cat bundle/rootfs/new; stat -c '%a %u:%g' bundle/rootfs/new; ls bundle/rootfs/old")
                .text())
        .isEqualTo("new\n4755 12:34\ny");
    sh(
        directory,
        "echo repacked > bundle/rootfs/repacked; rm bundle/rootfs/soft;"
            + " umoci repack --image layout:v2 bundle; umoci rm --image layout:v1; umoci gc --layout layout");

    jontainers("load", "-i", directory.resolve("layout").toString());

    String id = jontainers("images", "-q").text();
    assertThat(
            jontainers(
                    "run",
                    "--rm",
                    "--network",
                    "none",
                    id,
                    "sh",
                    "-c",
                    "cat /repacked /new; ls /soft; true")
                .text())
        .isEqualTo("repacked\nnew");
  }

  private Outcome podman(String words) {
    return Command.of(
            "sh",
            "-ec",
            "podman --root "
                + directory
                + "/podman --runroot "
                + directory
                + "/run"
                + " --storage-driver vfs --cgroup-manager cgroupfs --events-backend file "
                + words)
        .in(directory)
        .run()
        .succeeded();
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker.tar", "oci.tar"})
  void podman_loads_and_saves_it(String archive) {
    Programs.need("podman", "podman");
    podman("load -q -i " + made().resolve(archive));
    assertThat(podman("images --no-trunc --format '{{.ID}}'").text()).isEqualTo(id());
    assertThat(podman("images --format '{{.Repository}}:{{.Tag}}'").text()).isEqualTo(NAME);
    podman("save -q --format docker-archive -o docker.tar " + NAME);
    podman("save -q --format oci-archive -o oci.tar " + NAME);

    comesBack("docker.tar", Same.CONFIG);
    jontainers("rmi", "-f", id());
    comesBack("oci.tar", Same.CONFIG);
  }

  private Outcome buildah(String words) {
    return Command.of(
            "sh",
            "-ec",
            "buildah --root "
                + directory
                + "/buildah --runroot "
                + directory
                + "/run"
                + " --storage-driver vfs "
                + words)
        .in(directory)
        .run()
        .succeeded();
  }

  @Test
  void buildah_builds_upon_it() {
    Programs.need("buildah", "buildah");
    buildah("pull -q oci-archive:" + made() + "/oci.tar");
    assertThat(buildah("images --no-trunc --format '{{.ID}}'").text()).isEqualTo(id());
    String container = buildah("from " + id().substring(7)).text();
    buildah("copy -q " + container + " " + Checkout.path("README.md") + " /readme");
    buildah("config --env MORE=x --cmd 'cat /readme' " + container);
    buildah("commit -q " + container + " oci-archive:built.tar:local/built:1");

    assertThat(jontainers("load", "-i", directory.resolve("built.tar").toString()).text())
        .isEqualTo("Loaded image: local/built:1");
    assertThat(
            jontainers(
                    "run",
                    "--rm",
                    "--network",
                    "none",
                    "local/built:1",
                    "sh",
                    "-c",
                    "head -1 /readme; echo $ROUND $MORE; cat /new")
                .out())
        .contains("trip x\nnew\n");
  }

  @Test
  void docker_loads_and_saves_it() throws IOException {
    try (var docker = Dockerd.start(Subject.RUNC, "--bridge", "none", "--iptables=false")) {
      assertThat(
              docker
                  .docker("load", "-i", made().resolve("docker.tar").toString())
                  .succeeded()
                  .text())
          .isEqualTo("Loaded image: " + NAME);
      assertThat(docker.inspect(NAME, "{{.Id}}")).isEqualTo(id());
      assertThat(docker.docker("run", "--rm", "--network", "none", NAME).succeeded().text())
          .isEqualTo("new");
      docker.docker("save", "-o", directory.resolve("docker.tar").toString(), NAME).succeeded();
      comesBack("docker.tar", Same.CONFIG);

      // what Docker has committed, several images and names in one archive
      docker
          .docker(
              "run",
              "--network",
              "none",
              "--name",
              "changed",
              NAME,
              "sh",
              "-c",
              "echo d > /docker; rm /new")
          .succeeded();
      docker.docker("commit", "changed", "by-docker:1").succeeded();
      docker.docker("tag", "by-docker:1", "by-docker:2").succeeded();
      docker
          .docker(
              "save",
              "-o",
              directory.resolve("two.tar").toString(),
              "by-docker:1",
              "by-docker:2",
              NAME)
          .succeeded();
      String id = docker.inspect("by-docker:1", "{{.Id}}");
      assertThat(jontainers("load", "-i", directory.resolve("two.tar").toString()).lines())
          .containsExactlyInAnyOrder(
              "Loaded image: by-docker:1", "Loaded image: by-docker:2", "Loaded image: " + NAME);
      assertThat(jontainers("inspect", "-f", "{{.Id}}", "by-docker:2").text()).isEqualTo(id);
      assertThat(
              jontainers(
                      "run",
                      "--rm",
                      "--network",
                      "none",
                      "by-docker:1",
                      "sh",
                      "-c",
                      "cat /docker; ls /new; true")
                  .text())
          .isEqualTo("d");
      docker.removeContainers();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tar --format=gnu -cf - .",
        "tar --format=pax -cf - .",
        "tar --format=ustar -cf - .",
        "tar --format=pax -czf - .",
        "tar --format=pax --zstd -cf - .",
        "bsdtar --format=pax -cf - .",
        "bsdtar --format=gnutar -cf - .",
        "python3 -c 'import sys,tarfile; t=tarfile.open(fileobj=sys.stdout.buffer, mode=\"w|gz\"); t.add(\".\"); t.close()'"
      })
  void what_other_programs_pack_is_imported_as_it_was(String program) throws IOException {
    sh(
        directory,
        "mkdir tree; cp -a "
            + made()
            + "/rootfs/. tree; cd tree; echo s > suid; chown 7:8 suid;"
            + " chmod 6711 suid; ln suid hard; ln -s suid soft; mkfifo fifo; mknod node b 7 9;"
            + " touch -d '2001-02-03 04:05:06' dated; mkdir -p "
            + "d".repeat(70)
            + "/"
            + "e".repeat(70)
            + "; echo long > "
            + "d".repeat(70)
            + "/"
            + "e".repeat(70)
            + "/"
            + "f".repeat(60));
    sh(directory.resolve("tree"), program + " > ../tree.tar");

    jontainers("import", directory.resolve("tree.tar").toString(), "tree");

    jontainers("run", "--network", "none", "--name", "of-tree", "tree", "true");
    jontainers("export", "-o", directory.resolve("out.tar").toString(), "of-tree");
    for (String reader : List.of("tar", "bsdtar")) {
      sh(directory, "rm -rf back; mkdir back; " + reader + " -C back -xpf out.tar");
      assertThat(listing("back")).as(reader).isEqualTo(listing("tree"));
    }
  }

  /// Return what is known of each file but the directories' times, and what the container adds.
  private Map<String, String> listing(String tree) {
    var files = new TreeMap<String, String>();
    String find = "find . -printf '%p|%y|%m|%U:%G|%n|%l|%s|%Ts\\n'";
    for (String line : sh(directory.resolve(tree), find).lines()) {
      String[] parts = line.split("\\|", -1);
      String name = parts[0];
      if (List.of("./etc/hosts", "./etc/hostname", "./etc/resolv.conf", ".", "./etc")
          .contains(name)) {
        continue;
      }
      boolean directory = parts[1].equals("d");
      parts[4] = directory ? "" : parts[4];
      parts[6] = parts[1].equals("f") ? parts[6] : "";
      parts[7] = directory || parts[1].equals("l") ? "" : parts[7];
      files.put(name, String.join("|", List.of(parts).subList(1, parts.length)));
    }
    return files;
  }
}
