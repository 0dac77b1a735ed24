package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OciContainersTest {
  @TempDir Path directory;
  private Path root = Path.of("/");

  @BeforeEach
  void make() throws IOException {
    root = Files.createDirectory(directory.resolve("root"));
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
  }

  private Path record(String id) throws IOException {
    return Files.createDirectory(root.resolve(id)).resolve("state.json");
  }

  private static ContainerRecord of(String id, String annotation) {
    return new ContainerRecord(
        "1.2.0",
        id,
        "/b",
        "/b/rootfs",
        0,
        0,
        "2026-01-01T00:00:00Z",
        0,
        List.of(),
        null,
        Map.of("a", annotation));
  }

  /// runc runs a container with an annotation of 120 kB.
  @Test
  void a_record_of_any_length_is_read_again() throws IOException {
    var file = record("big");
    for (int length : new int[] {0, 33_000, 120_000, 17 << 20}) {
      var record = of("big", "x".repeat(length));
      record.write(file);
      assertThat(ContainerRecord.read(file).equals(record)).isTrue();
    }
  }

  /// As runc does: "load container ID: …" on standard error.
  @Test
  void a_record_that_cannot_be_read_is_told_of_and_hides_no_other() throws IOException {
    of("one", "").write(record("one"));
    Files.writeString(record("two"), "{\"id\":");
    var _ = record("being-made");
    var containers = new OciContainers(root);
    var told = new ArrayList<String>();

    var listed = containers.list(told::add);

    assertThat(listed).extracting(c -> c.record().id()).containsExactly("one");
    assertThat(told)
        .singleElement()
        .asString()
        .startsWith("container two is not shown: " + root.resolve("two/state.json"));
    assertThatThrownBy(() -> containers.find("two"))
        .hasMessageContaining("state.json cannot be read: ");
    assertThat(containers.isUnfinished("two")).isFalse();
  }
}
