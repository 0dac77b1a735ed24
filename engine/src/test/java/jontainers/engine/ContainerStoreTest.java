package jontainers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.random.RandomGenerator;
import jontainers.oci.ImageConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerStoreTest {
  private static final String ID = "a".repeat(63) + "1";
  private static final String OTHER = "a".repeat(63) + "2";

  private static final ContainerState CREATED =
      new ContainerState(
          ID,
          "web",
          "host",
          List.of("sh", "-c", "ä"),
          7,
          ContainerStatus.CREATED,
          0,
          0,
          true,
          Map.of("k", "v"),
          15,
          10,
          "",
          List.of(),
          ImageConfig.Config.NONE);

  @TempDir Path root;

  private static ContainerStore.Claim create(ContainerStore store, String id, String name)
      throws Exception {
    var claim = store.create(id);
    store.name(claim, name);
    claim.write(CREATED);
    return claim;
  }

  @Test
  void a_container_belongs_to_its_owner_until_it_is_closed() throws Exception {
    var store = ContainerStore.open(root);
    try (var _ = create(store, ID, "web")) {
      assertThat(store.claim(ID)).isEmpty();
    }
    try (var claim = store.claim(ID).orElseThrow()) {
      assertThat(claim.id()).isEqualTo(ID);
    }
  }

  /// A resolver takes digits for an address.
  @Test
  void a_short_id_is_never_a_number() {
    byte[][] draws = {
      HexFormat.of().parseHex("588193308859" + "f".repeat(52)),
      HexFormat.of().parseHex("58819330885a" + "0".repeat(52))
    };
    var left = new ArrayDeque<>(List.of(draws));

    assertThat(ContainerStore.newId(drawing(left))).startsWith("58819330885a");
    assertThat(left).isEmpty();
  }

  private static RandomGenerator drawing(Queue<byte[]> draws) {
    return new RandomGenerator() {
      @Override
      public long nextLong() {
        throw new AssertionError("bytes are drawn");
      }

      @Override
      public void nextBytes(byte[] bytes) {
        var draw = draws.remove();
        System.arraycopy(draw, 0, bytes, 0, bytes.length);
      }
    };
  }

  @Test
  void a_name_is_given_once() throws Exception {
    var store = ContainerStore.open(root);
    try (var _ = create(store, ID, "web");
        var other = store.create(OTHER)) {
      assertThatThrownBy(() -> store.name(other, "web"))
          .isInstanceOf(EngineException.class)
          .hasMessage(
              "the container name \"web\" is already in use by container " + ID.substring(0, 12));
      assertThat(store.find("web")).isEqualTo(ID);
    }
  }

  @Test
  void a_container_is_found_by_name_id_and_the_beginning_of_its_id() throws Exception {
    var store = ContainerStore.open(root);
    try (var _ = create(store, ID, "web");
        var _ = create(store, OTHER, "db")) {
      assertThat(store.find("web")).isEqualTo(ID);
      assertThat(store.find("/web")).isEqualTo(ID);
      assertThat(store.find(OTHER)).isEqualTo(OTHER);
      assertThatThrownBy(() -> store.find("aaa"))
          .hasMessage("multiple containers have an id that begins with aaa");
      for (String name : List.of("none", "", "../names/web", "b")) {
        assertThatThrownBy(() -> store.find(name)).hasMessage("no such container: " + name);
      }
    }
  }

  @Test
  void deleting_frees_the_name_and_leaves_no_file() throws Exception {
    var store = ContainerStore.open(root);
    try (var claim = create(store, ID, "web")) {
      Files.createDirectories(claim.directory().resolve("root/upper/deep"));
      store.delete(claim);
    }
    store.close();
    assertThat(store.ids()).isEmpty();
    try (var list = Files.list(root.resolve("trash"))) {
      assertThat(list).isEmpty();
    }
    try (var again = create(ContainerStore.open(root), OTHER, "web")) {
      assertThat(again.id()).isEqualTo(OTHER);
    }
  }

  @Test
  void what_a_killed_process_left_half_deleted_is_deleted() throws Exception {
    var store = ContainerStore.open(root);
    Files.createDirectories(root.resolve("trash").resolve(ID).resolve("x"));
    Files.createSymbolicLink(root.resolve("names/lost"), Path.of(ID));

    store.emptyTrash();

    assertThat(Files.exists(root.resolve("trash").resolve(ID))).isFalse();
    assertThat(Files.isSymbolicLink(root.resolve("names/lost"))).isFalse();
  }

  @Test
  void a_state_is_read_as_it_was_written() throws Exception {
    var store = ContainerStore.open(root);
    try (var claim = store.create(ID)) {
      assertThat(claim.state()).isEmpty();
      claim.write(CREATED);
      assertThat(claim.state()).contains(CREATED);
      claim.write(CREATED.running(42));
      assertThat(claim.state()).contains(CREATED.running(42));
      claim.write(CREATED.running(42).exited(3));
      assertThat(claim.state()).contains(CREATED.running(42).exited(3));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {40_000, 1 << 20, 17 << 20})
  void a_state_of_any_length_is_read_again(int length) throws Exception {
    var store = ContainerStore.open(root);
    try (var claim = store.create(ID)) {
      var state =
          new ContainerState(
              ID,
              "big",
              "host",
              List.of("sh", "-c", "\u00e4\n".repeat(length / 2)),
              7,
              ContainerStatus.CREATED,
              0,
              0,
              true,
              Map.of("k", "v".repeat(length)),
              15,
              10,
              "",
              List.of(),
              ImageConfig.Config.NONE);
      claim.write(state);
      assertThat(claim.state().equals(Optional.of(state))).isTrue();
    }
  }

  /// Damaged, cut off, or of another version.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "null",
        "[]",
        "{}",
        "\0\0\0\0",
        "{\"id\":\"../../x\",\"name\":\"web\"}",
        "{} {}"
      })
  void a_record_that_cannot_be_read_is_that_of_a_container_in_use(String record) throws Exception {
    var store = ContainerStore.open(root);
    try (var claim = create(store, ID, "web")) {
      claim.write(CREATED.running(42));
      Files.writeString(claim.directory().resolve("state.json"), record);

      var state = claim.state().orElseThrow();

      assertThat(state.status()).isEqualTo(ContainerStatus.UNREADABLE);
      assertThat(state.id()).isEqualTo(ID);
      assertThat(state.name()).isEqualTo("web");
      assertThat(state.pid()).isEqualTo(42);
      assertThat(store.damage(ID).orElseThrow()).contains("state.json cannot be read: ");
      assertThat(store.find("web")).isEqualTo(ID);
    }
  }

  @Test
  void a_record_of_another_version_is_that_of_a_container_in_use() throws Exception {
    var store = ContainerStore.open(root);
    try (var claim = create(store, ID, "web")) {
      var file = claim.directory().resolve("state.json");
      String record = Files.readString(file);
      for (String other :
          List.of(
              record.replace("CREATED", "PAUSED"),
              record.replace("\"layers\":[]", "\"layers\":[\"blake3:00\"]"),
              record.replace("\"command\":", "\"argv\":"))) {
        assertThat(other).isNotEqualTo(record);
        Files.writeString(file, other);
        assertThat(claim.state()).get().returns(ContainerStatus.UNREADABLE, ContainerState::status);
      }
      Files.writeString(file, record.replaceFirst("\\{", "{\"added\":[1],"));
      assertThat(claim.state()).contains(CREATED);
    }
  }

  @Test
  void what_stands_in_place_of_a_record_is_that_of_a_container_in_use() throws Exception {
    var store = ContainerStore.open(root);
    try (var claim = create(store, ID, "web")) {
      var file = claim.directory().resolve("state.json");
      Files.delete(file);
      Files.createDirectory(file);
      assertThat(claim.state()).get().returns(ContainerStatus.UNREADABLE, ContainerState::status);
      Files.delete(file);
      Files.createSymbolicLink(file, Path.of("nowhere"));
      assertThat(claim.state()).get().returns(ContainerStatus.UNREADABLE, ContainerState::status);
      assertThat(store.find(ID)).isEqualTo(ID);
      Files.delete(file);
      assertThat(claim.state()).isEmpty();
      claim.write(CREATED);
      Files.createSymbolicLink(claim.directory().resolve("running"), Path.of("x"));
      assertThat(claim.state()).get().returns(ContainerStatus.UNREADABLE, ContainerState::status);
    }
  }

  @Test
  void a_directory_that_is_kept_ready_is_not_found() throws Exception {
    var store = ContainerStore.open(root);
    try (var _ = store.create(ID)) {
      assertThatThrownBy(() -> store.find(ID)).hasMessage("no such container: " + ID);
    }
  }

  @Test
  void an_ended_container_does_not_run_again() {
    var ended =
        new ContainerState(
                ID,
                "web",
                "host",
                List.of(),
                7,
                ContainerStatus.CREATED,
                0,
                0,
                true,
                Map.of(),
                15,
                10,
                "",
                List.of(),
                ImageConfig.Config.NONE)
            .running(1)
            .exited(3);

    assertThatThrownBy(() -> ended.running(2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("EXITED");
  }
}
