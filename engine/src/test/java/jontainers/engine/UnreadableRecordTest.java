package jontainers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import jontainers.image.NewImage;
import jontainers.image.layer.Compression;
import jontainers.image.layer.LayerDiff;
import jontainers.image.name.Reference;
import jontainers.image.registry.PlatformMatch;
import jontainers.linux.Fd;
import jontainers.oci.ImageConfig;
import jontainers.runtime.Launch;
import jontainers.testkit.KernelTest;
import jontainers.testkit.Links;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A container whose record cannot be read loses nothing: neither its files nor its image nor its
/// network.
@KernelTest
class UnreadableRecordTest {
  @TempDir Path directory;
  private Path rootfs = Path.of("/");

  @BeforeEach
  void makeBusybox() throws IOException {
    rootfs = Busybox.make(directory);
  }

  private Path root() {
    return directory.resolve("state");
  }

  private Path record(String id) {
    return root().resolve("containers").resolve(id).resolve("state.json");
  }

  private static void refuses(Action action, Consumer<EngineException> more) {
    assertThatThrownBy(action::run)
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.category()).isEqualTo(EngineException.Category.CONFLICT);
              more.accept(e);
            });
  }

  private interface Action {
    void run() throws EngineException;
  }

  @Test
  void a_container_that_has_ended_keeps_its_files_until_it_is_removed_by_force() throws Exception {
    String id;
    try (var engine = Engine.open(root())) {
      engine.run(
          ContainerSpec.of(RootImage.rootfs(rootfs), "sh", "-c", "echo mine > /file")
              .name("web")
              .network(NetworkMode.NONE)
              .build());
      id = engine.find("web").orElseThrow().id();
    }
    String whole = Files.readString(record(id));
    Files.writeString(record(id), whole.substring(0, whole.length() / 2));

    for (int i = 0; i < 2; i++) { // each command begins with a reclaim
      try (var engine = Engine.open(root())) {
        assertThat(engine.containers())
            .singleElement()
            .returns(id, ContainerState::id)
            .returns("web", ContainerState::name)
            .returns(ContainerStatus.UNREADABLE, ContainerState::status);
        assertThat(engine.damage(id).orElseThrow()).startsWith(record(id) + " cannot be read: ");
        refuses(
            () -> engine.remove("web", Engine.WhileRunning.REFUSE),
            e -> {
              assertThat(e)
                  .hasMessageStartingWith("container web may be in use: " + record(id))
                  .hasMessageContaining(" cannot be read: ");
              assertThat(e.hint().orElse(""))
                  .isEqualTo(
                      "mend the file, or remove the container with its files: "
                          + "jontainers rm --force "
                          + id.substring(0, 12));
            });
        refuses(() -> engine.exportTo("web", directory.resolve("x.tar")), _ -> {});
      }
    }

    Files.writeString(record(id), whole);
    try (var engine = Engine.open(root())) {
      assertThat(engine.find("web").orElseThrow().status()).isEqualTo(ContainerStatus.EXITED);
    }
    assertThat(record(id).resolveSibling("root/upper/file")).hasContent("mine\n");

    Files.writeString(record(id), "");
    try (var engine = Engine.open(root())) {
      assertThat(engine.remove("web", Engine.WhileRunning.KILL)).isEqualTo(id);
      assertThat(engine.containers()).isEmpty();
    }
    assertThat(record(id).getParent()).doesNotExist();
  }

  @Test
  void a_container_that_runs_keeps_its_image_and_the_bridge() throws Exception {
    try (var engine = Engine.open(root());
        var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR)) {
      importBusybox(engine);
      var spec = ContainerSpec.of(RootImage.stored("box"), "sleep", "1000").name("web").build();
      try (var container =
          engine.start(spec, StartOptions.of(new Launch.Streams(none, none, none)))) {
        String id = container.state().id();
        Files.writeString(record(id), "{\"id\":");
        try (var other = Engine.open(root())) {
          assertThat(other.containers())
              .singleElement()
              .returns(ContainerStatus.UNREADABLE, ContainerState::status);
          refuses(
              () -> other.removeImage("box", true),
              e ->
                  assertThat(e)
                      .hasMessageEndingWith(
                          " (cannot be forced) - container "
                              + id.substring(0, 12)
                              + " may use it, whose record cannot be read"));
          refuses(() -> other.pruneImages(true, _ -> true), _ -> {});
          refuses(
              () -> other.releaseNetwork(Engine.WhileRunning.REFUSE),
              e -> assertThat(e).hasMessageStartingWith("container web may be in use: "));
          assertThat(Links.names()).contains("jontainers0");
          assertThat(other.images().fsck()).isEmpty();
          assertThat(other.images().layers().list()).hasSize(1);
        }
        container.signal(9);
        container.waitFor();
      }
      assertThat(engine.containers()) // its owner has written the record anew
          .singleElement()
          .returns(ContainerStatus.EXITED, ContainerState::status);
      engine.remove("web", Engine.WhileRunning.REFUSE);
      engine.releaseNetwork(Engine.WhileRunning.REFUSE);
    }
  }

  @Test
  void the_bridge_is_not_taken_from_a_container_without_an_owner_either() throws Exception {
    String id;
    try (var engine = Engine.open(root())) {
      engine.run(ContainerSpec.of(RootImage.rootfs(rootfs), "true").name("web").build());
      id = engine.find("web").orElseThrow().id();
      Files.writeString(record(id), "");
      refuses(() -> engine.releaseNetwork(Engine.WhileRunning.KILL), _ -> {});
      assertThat(Links.names()).contains("jontainers0");
      engine.remove("web", Engine.WhileRunning.KILL);
      engine.releaseNetwork(Engine.WhileRunning.KILL);
    }
  }

  private void importBusybox(Engine engine) throws Exception {
    try (var root = Fd.open(rootfs, Fd.O_PATH | Fd.O_DIRECTORY)) {
      engine
          .images()
          .create(
              new NewImage(
                  Optional.empty(),
                  ImageConfig.Config.NONE,
                  PlatformMatch.host().platform(),
                  "",
                  "",
                  "",
                  java.time.Instant.now()),
              Compression.GZIP,
              out -> LayerDiff.whole(root, Compression.GZIP, out).diffId(),
              Optional.of(Reference.parse("box")));
    }
  }
}
