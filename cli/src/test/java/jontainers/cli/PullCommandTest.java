package jontainers.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.Manifest;
import jontainers.oci.MediaTypes;
import jontainers.oci.Platform;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// `pull` shows what it does, and ends at once where it is told to, with what it has kept.
@KernelTest
class PullCommandTest {
  @RegisterExtension final Machine machine = new Machine();

  private final List<Descriptor> layers = new ArrayList<>();

  @BeforeAll
  static void closeSocket() throws IOException {
    new ServerSocket(0).close(); // the JDK keeps a socket of its own from the first close on
  }

  /// Put an image of two layers, of 30 bytes and 300 kB of anything.
  private void image(SlowRegistry registry) throws IOException {
    var diffIds = new ArrayList<String>();
    for (int size : new int[] {30, 300_000}) {
      byte[] bytes = new byte[size];
      new Random(size).nextBytes(bytes);
      var name = "file" + size;
      Files.write(machine.directory().resolve(name), bytes);
      var tar = machine.directory().resolve(name + ".tar");
      machine.text("tar", "-C", machine.directory().toString(), "-cf", tar.toString(), name);
      byte[] layer = Files.readAllBytes(tar);
      var descriptor = Descriptor.of(MediaTypes.LAYER, layer);
      layers.add(descriptor);
      diffIds.add("\"" + descriptor.digest() + "\"");
      registry.put("a/b/blobs/" + descriptor.digest(), "application/octet-stream", layer);
    }
    var platform = Platform.of("linux", System.getProperty("os.arch"), null);
    byte[] config =
        "{\"architecture\":\"%s\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":%s}}"
            .formatted(platform.architecture().equals("aarch64") ? "arm64" : "amd64", diffIds)
            .getBytes(UTF_8);
    var described = Descriptor.of(MediaTypes.CONFIG, config);
    registry.put("a/b/blobs/" + described.digest(), "application/octet-stream", config);
    byte[] manifest = Manifest.of(described, layers).toJson().getBytes(UTF_8);
    registry.put("a/b/manifests/1", MediaTypes.MANIFEST, manifest);
    registry.put("a/b/manifests/" + Digest.of(manifest), MediaTypes.MANIFEST, manifest);
  }

  private String id(int layer) {
    return layers.get(layer).digest().hex().substring(0, 12);
  }

  @Test
  void a_pull_tells_what_it_does_as_docker() throws Exception {
    try (var registry = new SlowRegistry()) {
      image(registry);
      String name = registry.domain() + "/a/b:1";

      var pulled = machine.jontainers("pull", name);

      assertThat(pulled.errors()).isEmpty();
      assertThat(pulled.code()).isZero();
      assertThat(pulled.lines())
          .startsWith(
              "1: Pulling from a/b", id(0) + ": Pulling fs layer", id(1) + ": Pulling fs layer")
          .contains(id(1) + ": Download complete", id(0) + ": Pull complete");
      assertThat(pulled.lines().subList(pulled.lines().size() - 3, pulled.lines().size()))
          .satisfies(last -> assertThat(last.getFirst()).matches("Digest: sha256:[0-9a-f]{64}"))
          .endsWith("Status: Downloaded newer image for " + name, name);

      var again = machine.jontainers("pull", name);
      assertThat(again.lines())
          .contains(id(1) + ": Already exists", "Status: Image is up to date for " + name)
          .doesNotContain(id(1) + ": Pull complete");
      assertThat(machine.jontainers("pull", "-q", name).lines()).containsExactly(name);
      assertThat(machine.jontainers("pull", "--progress", "json", name).lines())
          .contains("{\"status\":\"Pulling from a/b\",\"id\":\"1\"}");
    }
  }

  @Test
  void what_is_to_be_run_is_pulled_when_it_is_missing_or_always() throws Exception {
    try (var registry = new SlowRegistry()) {
      image(registry);
      String name = registry.domain() + "/a/b:1";
      var run = List.of("run", "--rm", "--network", "none");

      var never = machine.jontainers(words(run, "--pull", "never", name, "x"));
      assertThat(never.code()).isEqualTo(125);
      assertThat(never.errors()).contains("no such image: " + name);
      var first = machine.jontainers(words(run, name, "/nonesuch"));
      assertThat(first.code()).as("the image has no such program").isEqualTo(127);
      assertThat(first.errors())
          .startsWith("Unable to find image '" + name + "' locally\n")
          .contains("Status: Downloaded newer image for " + name, "/nonesuch");
      var second = machine.jontainers(words(run, name, "/nonesuch"));
      assertThat(second.code()).isEqualTo(127);
      assertThat(second.errors()).doesNotContain("Status:");
      assertThat(machine.jontainers(words(run, "--pull=always", name, "/nonesuch")).errors())
          .contains("Status: Image is up to date for " + name);
      assertThat(machine.jontainers(words(run, "-q", "--pull=always", name, "/nonesuch")).errors())
          .doesNotContain("Status:");
      assertThat(machine.jontainers(words(run, "--pull=sometimes", name, "x")).errors())
          .contains("invalid value for --pull: sometimes");
      assertThat(machine.jontainers(words(run, "--platform=linux/s390x", name, "x")).errors())
          .contains("Unable to find image", "linux/s390x");
    }
  }

  private static String[] words(List<String> first, String... rest) {
    var all = new ArrayList<>(first);
    all.addAll(List.of(rest));
    return all.toArray(String[]::new);
  }

  @Test
  void what_is_not_there_is_told() throws Exception {
    try (var registry = new SlowRegistry()) {
      var pulled = machine.jontainers("pull", registry.domain() + "/a/b:2");
      assertThat(pulled.code()).isEqualTo(1);
      assertThat(pulled.errors())
          .isEqualTo("jontainers: not found: " + registry.domain() + "/a/b:2\n");
      assertThat(machine.jontainers("pull").errors())
          .startsWith("jontainers: \"pull\" requires exactly 1 argument\n");
      assertThat(machine.jontainers("pull", "A").errors()).contains("has to be in lower case");
    }
  }

  @Test
  void an_interrupt_ends_a_pull_and_the_next_one_goes_on() throws Exception {
    try (var registry = new SlowRegistry()) {
      image(registry);
      String name = registry.domain() + "/a/b:1";
      registry.stopAt(layers.get(1).digest().toString());
      try (var pull = new Running(machine.startJontainers("pull", name))) {
        pull.await(id(0) + ": Download complete");
        registry.awaitStop();
        pull.signal("INT");
        assertThat(pull.end()).isEqualTo(130);
        assertThat(pull.errors()).isEmpty();
      }
      goesOn(registry, name);
    }
  }

  private void goesOn(SlowRegistry registry, String name) throws IOException {
    int before = registry.requests().size();
    registry.stopAt("nothing");
    assertThat(machine.jontainers("pull", name).code()).isZero();
    assertThat(registry.requests().subList(before, registry.requests().size()))
        .noneMatch(request -> request.contains(layers.get(0).digest().toString()))
        .anyMatch(request -> request.contains(layers.get(1).digest() + " bytes="));
  }

  @Test
  void control_c_at_a_terminal_ends_a_pull_and_leaves_the_terminal_as_it_was() throws Exception {
    try (var registry = new SlowRegistry();
        var screen = Screen.open()) {
      image(registry);
      String name = registry.domain() + "/a/b:1";
      registry.stopAt(layers.get(1).digest().toString());
      byte[] before = screen.terminal().attributes();
      screen.terminal().resize(new jontainers.linux.Terminal.Size(30, 100));
      var process = screen.run(machine.directory(), machine.command("pull", name));
      registry.awaitStop();
      assertThat(screen.await("Download complete")).contains("\033[");

      screen.type("\u0003");

      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(130);
      assertThat(screen.terminal().attributes()).isEqualTo(before);
      goesOn(registry, name);
    }
  }

  @Test
  void the_file_of_registries_names_the_default_one() throws Exception {
    try (var registry = new SlowRegistry()) {
      image(registry);
      Path file = machine.directory().resolve("registries.json");
      Files.writeString(file, "{\"defaultRegistry\":\"" + registry.domain() + "\"}");
      var pulled =
          machine.jontainersWith(
              java.util.Map.of("JONTAINERS_REGISTRIES", file.toString()), "pull", "-q", "a/b:1");
      assertThat(pulled.errors()).isEmpty();
      assertThat(pulled.lines()).containsExactly(registry.domain() + "/a/b:1");
    }
  }
}
