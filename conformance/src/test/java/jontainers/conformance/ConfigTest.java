package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import jontainers.testkit.ConformanceTest;

/// config.md as a whole: versions, extensibility, validity.
@ConformanceTest
class ConfigTest {
  /// config#extensibility: unknown properties are ignored
  @OnEachRuntime
  void unknown_fields_are_ignored(Container container) {
    container
        .setObject("unknown", "a", List.of(1, "b", Json.object()))
        .set("process.unknown", true)
        .set("linux.unknown", "text")
        .set("root.unknown", 1);
    container.config().objects("mounts").getFirst().put("unknown", List.of());

    assertThat(container.shell("echo ran")).isEqualTo("ran");
  }

  /// config#specification-version: those of the same major version are taken
  @OnEachRuntime(differs = "crun 1.8: up to 1.0")
  void versions_up_to_our_own_are_taken(Containers containers) {
    for (String version : List.of("1.0.0", "1.0.2", "1.1.0", "1.2.1", "1.3.0")) {
      var container = containers.another().set("ociVersion", version);
      assertThat(container.shell("echo ran")).as(version).isEqualTo("ran");
    }
  }

  /// config#specification-version: it is required, and a version
  @OnEachRuntime(differs = "runc 1.1, 1.3: does not look at it")
  void a_version_that_is_none_is_refused(Containers containers) {
    for (String version : List.of("", "one", "2.0.0")) {
      assertThat(containers.another().set("ociVersion", version).script("true").run().code())
          .as(version)
          .isEqualTo(1);
    }
  }

  @OnEachRuntime
  void what_is_no_json_is_refused(Container container) throws IOException {
    for (String text : List.of("", "{", "[]", "null", "{\"process\": 1}", "{}")) {
      assertThat(container.creating().words()).isNotEmpty();
      Files.writeString(container.bundle().resolve("config.json"), text);

      var run = container.command("run", "--bundle", container.bundle().toString()).run();

      assertThat(run.code()).as(text).isNotZero(); // runc panics at null
      assertThat(run.errors()).as(text).isNotBlank();
    }
  }

  /// config#valid-values: a value of the wrong type is an error, before anything is made
  @OnEachRuntime(differs = "crun 1.8, 1.28: takes a text for an object")
  void a_value_of_the_wrong_type_is_refused(Containers containers) {
    for (var wrong :
        List.<List<Object>>of(
            List.of("process.args", "sh"),
            List.of("process.user", "root"),
            List.of("process.cwd", 5),
            List.of("mounts", Json.object()),
            List.of("linux.namespaces", List.of("pid")))) {
      var container = containers.another().set((String) wrong.get(0), wrong.get(1));

      assertThat(container.run().code()).as(wrong.toString()).isEqualTo(1);
      assertThat(container.cgroup("memory")).doesNotExist();
    }
  }

  /// config#root: required; config#process: args, cwd
  @OnEachRuntime
  void what_is_required_is_missed(Containers containers) {
    for (String path : List.of("root", "root.path", "process.args", "process.cwd")) {
      assertThat(containers.another().remove(path).run().code()).as(path).isEqualTo(1);
    }
  }

  /// All problems are told at once, each with its place in the document.
  @OnEachRuntime(differs = {"runc 1.1, 1.3: tells the first", "crun 1.8, 1.28: tells the first"})
  void every_problem_is_told_at_once(Container container) {
    container
        .set("process.cwd", "relative")
        .set("process.rlimits", List.of(Json.object("type", "RLIMIT_BOGUS", "soft", 1, "hard", 1)))
        .set("linux.rootfsPropagation", "bogus")
        .add("linux.namespaces", Json.object("type", "bogus"));

    var run = container.script("true").run();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.errors())
        .contains("process.cwd", "process.rlimits", "linux.rootfsPropagation", "linux.namespaces");
  }

  /// config-linux#apparmor, selinuxLabel: where the kernel has none, it says so
  @OnEachRuntime(differs = "crun 1.28: goes on without it")
  void a_security_module_that_is_missing_is_named(Containers containers) {
    org.junit.jupiter.api.Assumptions.assumeFalse(
        Files.exists(java.nio.file.Path.of("/sys/kernel/security/apparmor")), "AppArmor is there");
    var run = containers.another().set("process.apparmorProfile", "some").script("true").run();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.errors()).containsIgnoringCase("apparmor");
  }

  /// An empty object is as if it were missing.
  @OnEachRuntime
  void empty_objects_are_taken(Container container) {
    container.setObject("hooks").setObject("annotations").setObject("linux.sysctl");

    assertThat(container.shell("echo ran")).isEqualTo("ran");
  }
}
