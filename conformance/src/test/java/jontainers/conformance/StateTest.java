package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import jontainers.testkit.ConformanceTest;

/// runtime.md, State, and what `list` makes of it.
@ConformanceTest
class StateTest {
  /// runtime#state: ociVersion, id, status, pid, bundle, annotations
  @OnEachRuntime
  void the_state_has_all_that_is_required(Container container) {
    container.setObject("annotations", "com.example.key", "value", "empty", "").create();

    var state = container.state();

    assertThat(state.text("ociVersion")).matches("\\d+\\.\\d+\\.\\d+.*");
    assertThat(state.text("id")).isEqualTo(container.id());
    assertThat(state.text("status")).isEqualTo("created");
    assertThat(state.number("pid")).isPositive();
    assertThat(state.text("bundle")).isEqualTo(container.bundle().toString());
    assertThat((Map<?, ?>) state.get("annotations")).asString().contains("com.example.key=value");
  }

  /// runtime#state: the status is created, running or stopped
  @OnEachRuntime
  void the_status_follows_the_process(Container container) {
    container.script("echo ready; exec sleep 1000").create();
    assertThat(container.status()).isEqualTo("created");
    container.start().await("ready");
    assertThat(container.status()).isEqualTo("running");
    container.end();
    assertThat(container.status()).isEqualTo("stopped");
  }

  /// oci-cli: the pid of a stopped container is 0
  @OnEachRuntime
  void a_stopped_container_has_no_pid(Container container) {
    container.up().end();

    assertThat(container.state().number("pid")).isZero();
  }

  /// oci-cli: rootfs, created, owner
  @OnEachRuntime(differs = "crun 1.8, 1.28: rootfs as it stands in the configuration")
  void the_state_has_what_runc_adds(Container container) {
    var before = Instant.now();
    container.create();

    var state = container.state();

    assertThat(state.text("rootfs")).isEqualTo(container.rootfs().toString());
    assertThat(Duration.between(before, Instant.parse(state.text("created"))).abs())
        .isLessThan(Duration.ofMinutes(1));
    assertThat(state.keys()).contains("owner");
  }

  /// runtime#state: the bundle is absolute, whatever was given
  @OnEachRuntime
  void a_relative_bundle_is_absolute_in_the_state(Container container) {
    var creating = container.creating(); // writes config.json
    assertThat(creating.words()).isNotEmpty();
    container.kept(container.command("create", "--bundle", ".").in(container.bundle())).succeeded();

    assertThat(container.state().text("bundle")).isEqualTo(container.bundle().toString());
  }

  /// runtime#state: without `--bundle` it is the working directory
  @OnEachRuntime
  void the_bundle_is_the_working_directory(Container container) {
    assertThat(container.creating().words()).isNotEmpty();
    container.kept(container.command("create").in(container.bundle())).succeeded();

    assertThat(container.state().text("bundle")).isEqualTo(container.bundle().toString());
  }

  @OnEachRuntime(differs = "crun 1.8, 1.28: other columns")
  void the_list_has_every_container(Containers containers) {
    var one = containers.another().up();
    var two = containers.another();
    two.create();

    var list = one.plain("list").run().succeeded();

    assertThat(list.lines().getFirst().split(" +"))
        .startsWith("ID", "PID", "STATUS", "BUNDLE", "CREATED");
    assertThat(list.lines()).hasSize(3);
    assertThat(list.out())
        .containsPattern(one.id() + " +" + one.pid() + " +running +" + one.bundle())
        .containsPattern(two.id() + " +" + two.pid() + " +created +" + two.bundle());
    assertThat(one.plain("list", "-q").run().lines()).containsExactlyInAnyOrder(one.id(), two.id());
  }

  /// oci-cli: a compact array
  @OnEachRuntime(differs = "crun 1.8, 1.28: one key a line, other keys")
  void the_list_in_json_is_an_array(Containers containers) {
    var one = containers.another().up();
    var list = one.plain("list", "-f", "json").run().succeeded().text();

    assertThat(list)
        .containsPattern(
            "^\\[\\{\"ociVersion\":\"[^\"]+\",\"id\":\""
                + one.id()
                + "\",\"pid\":"
                + one.pid()
                + ",\"status\":\"running\",\"bundle\":\""
                + one.bundle()
                + "\",\"rootfs\":\""
                + one.rootfs()
                + "\",\"created\":\"");
    assertThat(Json.parseList(list)).hasSize(1);
  }

  @OnEachRuntime
  void an_empty_list_is_no_error(Container container) {
    container.create();
    container.delete("--force").succeeded();

    assertThat(container.plain("list", "-q").run().succeeded().out()).isEmpty();
  }

  /// Each state directory has its own containers.
  @OnEachRuntime(differs = "crun 1.8: \"No such file or directory\"")
  void another_root_has_other_containers(Container container) {
    container.create();
    var elsewhere = Path.of("/run/elsewhere");

    var state =
        Command.of(
                container
                    .subject()
                    .command(List.of("--root", elsewhere.toString(), "state", container.id())))
            .run();

    assertThat(state.code()).isEqualTo(1);
    assertThat(state.errors()).contains("does not exist");
  }
}
