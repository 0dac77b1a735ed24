package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A container whose record is long, or cannot be read, is shown like every other.
@KernelTest
class UnreadableRecordTest {
  @RegisterExtension final Machine machine = new Machine();

  private void run(String name, String... words) throws IOException {
    var all = new java.util.ArrayList<>(java.util.List.of("run", "--name", name));
    all.addAll(java.util.List.of(words));
    var outcome = machine.jontainers(all.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.errors()).isZero();
  }

  /// The longest variable that execve(2) takes has 131,071 bytes: MAX_ARG_STRLEN.
  @Test
  void a_container_with_a_long_variable_is_known() throws IOException {
    String variable = "BIG=" + "x".repeat(120_000);

    run("big", "-e", variable, "--network", "none", "--rootfs", "fs/orig", "true");

    assertThat(machine.jontainers("ps", "-a").out()).contains("big");
    assertThat(machine.jontainers("inspect", "-f", "{{json .Config.Env}}", "big").out())
        .contains(variable);
    var removed = machine.jontainers("rm", "big");
    assertThat(removed.errors()).isEmpty();
    assertThat(removed.code()).isZero();
  }

  @Test
  void ps_inspect_and_rm_tell_what_is_wrong() throws IOException {
    run("web", "--network", "none", "--rootfs", "fs/orig", "true");
    String id = machine.jontainers("ps", "-aq").out().strip();
    var record = record();
    Files.writeString(record, "{");

    var listed = machine.jontainers("ps");
    assertThat(listed.code()).isZero();
    assertThat(listed.out()).contains(id).contains("Unreadable").contains("web");
    var inspected =
        machine.jontainers("inspect", "-f", "{{.State.Status}} {{.State.Error}}", "web");
    assertThat(inspected.code()).isZero();
    assertThat(inspected.out()).startsWith("unreadable " + record + " cannot be read: ");
    var kept = machine.jontainers("rm", "web");
    assertThat(kept.code()).isEqualTo(125);
    assertThat(kept.errors())
        .contains("container web may be in use: " + record + " cannot be read: ")
        .contains("hint: mend the file, or remove the container with its files: ")
        .contains("jontainers rm --force " + id);
    assertThat(record).exists();
    var removed = machine.jontainers("rm", "--force", id);
    assertThat(removed.errors()).isEmpty();
    assertThat(removed.code()).isZero();
    assertThat(machine.jontainers("ps", "-a").out().lines()).hasSize(1);
  }

  private Path record() throws IOException {
    try (var all = Files.newDirectoryStream(machine.root().resolve("containers"))) {
      return all.iterator().next().resolve("state.json");
    }
  }
}
