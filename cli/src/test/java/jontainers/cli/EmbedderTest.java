package jontainers.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.Index;
import jontainers.oci.Manifest;
import jontainers.oci.MediaTypes;
import jontainers.testkit.KernelTest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A program of somebody else, with the library's jars and the flags that README.md tells of: every
/// kind of layer is loaded, and the JVM says nothing.
@KernelTest
class EmbedderTest {
  private static final String PROGRAM =
      """
      package embedder;

      import java.nio.file.Path;
      import jontainers.engine.*;

      public class Main {
        public static void main(String[] words) throws Exception {
          try (var engine = Engine.open(Path.of(words[0]))) {
            for (var image : engine.images().load(Path.of(words[1]))) {
              String name = image.name().orElseThrow().familiar();
              var spec =
                  ContainerSpec.of(RootImage.stored(name), "cat", "/file")
                      .autoRemove()
                      .network(NetworkMode.NONE)
                      .build();
              System.out.print(engine.run(spec).output());
            }
          }
        }
      }
      """;

  @RegisterExtension final Machine machine = new Machine();
  private Path classes = Path.of("/");
  private Path libraries = Path.of("/");

  @BeforeEach
  void compile() throws Exception {
    machine.jontainers("--version"); // which builds the jars
    libraries = Path.of("..").toRealPath().resolve("dist/lib");
    var sources = Files.createDirectories(machine.directory().resolve("src/embedder"));
    Files.writeString(sources.resolve("Main.java"), PROGRAM);
    Files.writeString(
        sources.resolveSibling("module-info.java"),
        "module embedder { requires jontainers.engine; }");
    classes = machine.directory().resolve("classes");
    java(
        "javac",
        "-p",
        libraries + ":" + annotations(),
        "-d",
        classes.toString(),
        sources.resolveSibling("module-info.java").toString(),
        sources.resolve("Main.java").toString());
    layout();
  }

  /// JSpecify's annotations are needed to compile a module against ours, and not to run it.
  private static Path annotations() throws URISyntaxException {
    return Path.of(Nullable.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private String java(String tool, String... words) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
    command.addAll(List.of(words));
    var outcome = machine.program(command.toArray(String[]::new));
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.code()).isZero();
    return outcome.out();
  }

  /// Make an image for each way to compress a layer.
  private void layout() throws IOException {
    var directory = machine.directory();
    var blobs = Files.createDirectories(directory.resolve("layout/blobs/sha256"));
    var images = new ArrayList<Descriptor>();
    for (String kind : List.of("plain", "gzip", "zstd")) {
      // Each has content of its own, or the layer of another would be used.
      Files.writeString(machine.rootfs().resolve("file"), kind + "\n");
      machine.program("tar", "-C", "fs/orig", "-cf", "tar", ".");
      machine.program("sh", "-c", "cp tar plain; gzip -c tar >gzip; zstd -qc tar >zstd");
      var diffId = Digest.of(Files.readAllBytes(directory.resolve("tar")));
      byte[] config =
          ("{\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + diffId + "\"]}}")
              .getBytes(UTF_8);
      byte[] layer = Files.readAllBytes(directory.resolve(kind));
      String type = MediaTypes.LAYER + (kind.equals("plain") ? "" : "+" + kind);
      byte[] manifest =
          Manifest.of(Descriptor.of(MediaTypes.CONFIG, config), List.of(Descriptor.of(type, layer)))
              .toJson()
              .getBytes(UTF_8);
      for (byte[] blob : new byte[][] {config, layer, manifest}) {
        Files.write(blobs.resolve(Digest.of(blob).hex()), blob);
      }
      images.add(
          Descriptor.of(MediaTypes.MANIFEST, manifest)
              .withAnnotation("io.containerd.image.name", "docker.io/library/" + kind + ":latest"));
    }
    Files.writeString(directory.resolve("layout/oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.writeString(directory.resolve("layout/index.json"), Index.of(images).toJson());
  }

  /// With `deny`, as newer JDKs will have it, nothing may use what `sun.misc.Unsafe` has of memory.
  @ParameterizedTest
  @CsvSource({
    "module path, ''",
    "module path, --sun-misc-unsafe-memory-access=deny",
    "class path, ''",
    "class path, --sun-misc-unsafe-memory-access=deny"
  })
  void every_kind_of_layer_is_loaded_with_the_flags_of_the_readme(String path, String flag)
      throws Exception {
    var arguments =
        path.equals("module path")
            ? Stream.of(
                "--enable-native-access=jontainers.linux",
                "-p",
                libraries + ":" + classes,
                "-m",
                "embedder/embedder.Main")
            : Stream.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                libraries + "/*:" + classes,
                "embedder.Main");
    String out =
        java(
            "java",
            Stream.of(
                    Stream.of(flag).filter(f -> !f.isEmpty()),
                    arguments,
                    Stream.of(
                        machine.directory().resolve("state").toString(),
                        machine.directory().resolve("layout").toString()))
                .flatMap(s -> s)
                .toArray(String[]::new));

    assertThat(out).isEqualTo("plain\ngzip\nzstd\n");
  }
}
