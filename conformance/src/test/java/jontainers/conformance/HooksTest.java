package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import jontainers.testkit.ConformanceTest;

/// config.md, POSIX-platform Hooks: when each is run, where, with what on standard input, and what
/// follows from its failure.
@ConformanceTest
class HooksTest {
  private static final List<String> ALL =
      List.of(
          "prestart",
          "createRuntime",
          "createContainer",
          "startContainer",
          "poststart",
          "poststop");

  /// config#hooks: all six in their order, with the lifecycle between
  @OnEachRuntime(differs = "runc 1.1, 1.3: runs poststart hooks in create")
  void the_hooks_are_run_in_order(Container container) throws IOException {
    var log = log(container);
    for (String hook : ALL) {
      hook(container, hook, "echo " + hook + " >>" + at(hook, log));
    }
    container.script("echo program >>/log; echo ready; exec sleep 1000").create();
    assertThat(log).content().isEqualTo("prestart\ncreateRuntime\ncreateContainer\n");

    container.start().await("ready");
    Await.text(log, "poststart");
    assertThat(Files.readAllLines(log))
        .containsExactlyInAnyOrder(
            "prestart",
            "createRuntime",
            "createContainer",
            "startContainer",
            "program",
            "poststart")
        .containsSubsequence("createContainer", "startContainer", "program");

    container.end();
    container.delete().succeeded();
    assertThat(Files.readAllLines(log)).hasSize(7).endsWith("poststop");
  }

  /// config#hooks: the state on standard input, with the status of the moment
  @OnEachRuntime(
      differs = {
        "crun 1.8, 1.28: other statuses",
        "runc 1.1, 1.3: \"creating\" for createContainer too"
      })
  void the_state_is_on_standard_input(Container container) throws IOException {
    container.setObject("annotations", "k", "v");
    var log = log(container);
    for (String hook : ALL) {
      hook(container, hook, "cat >" + at(hook, log) + "." + hook);
    }
    container.script("echo ready; exec sleep 1000").create().start().await("ready");
    int pid = container.pid();
    Await.text(Path.of(log + ".poststart"), "}");
    container.end();
    container.delete().succeeded();

    for (String hook : ALL) {
      var state = Json.parse(Files.readString(Path.of(log + "." + hook)));
      assertThat(state.text("id")).as(hook).isEqualTo(container.id());
      assertThat(state.text("bundle")).as(hook).isEqualTo(container.bundle().toString());
      assertThat(state.text("ociVersion")).as(hook).isNotEmpty();
      assertThat(state.text("annotations.k")).as(hook).isEqualTo("v");
      assertThat(state.text("status"))
          .as(hook)
          .isEqualTo(
              switch (hook) {
                case "prestart", "createRuntime", "createContainer" -> "creating";
                case "startContainer" -> "created";
                case "poststart" -> "running";
                default -> "stopped";
              });
      if (hook.equals("prestart") || hook.equals("createRuntime") || hook.equals("poststart")) {
        assertThat(state.number("pid")).as(hook).isEqualTo(pid);
      }
    }
  }

  /// config#hooks: the same, but for the statuses
  @OnEachRuntime
  void each_hook_reads_the_containers_state(Container container) throws IOException {
    var log = log(container);
    for (String hook : List.of("prestart", "createRuntime", "poststart", "poststop")) {
      hook(container, hook, "cat >" + log + "." + hook);
    }
    container.script("echo ready; exec sleep 1000").create().start().await("ready");
    Await.text(Path.of(log + ".poststart"), "}");
    container.end();
    container.delete().succeeded();

    for (String hook : List.of("prestart", "createRuntime", "poststart", "poststop")) {
      var state = Json.parse(Files.readString(Path.of(log + "." + hook)));
      assertThat(state.text("id")).as(hook).isEqualTo(container.id());
      assertThat(state.text("bundle")).as(hook).isEqualTo(container.bundle().toString());
    }
  }

  /// config#hooks: prestart, createRuntime, poststart, poststop run in the runtime's namespace;
  /// createContainer and startContainer in the container's
  @OnEachRuntime
  void each_hook_runs_in_its_namespace(Container container) throws IOException {
    var log = log(container);
    for (String hook : ALL) {
      hook(container, hook, "echo " + hook + " $(readlink /proc/self/ns/mnt) >>" + at(hook, log));
    }
    container.script("echo ready; exec sleep 1000").create().start().await("ready");
    String inside = Files.readSymbolicLink(container.proc("ns/mnt")).toString();
    Await.text(log, "poststart");
    container.end();
    container.delete().succeeded();

    for (String line : Files.readAllLines(log)) {
      boolean within = line.startsWith("createContainer") || line.startsWith("startContainer");
      assertThat(line.endsWith(inside)).as(line).isEqualTo(within);
    }
  }

  /// config#hooks: createContainer is run before pivot_root, startContainer after it
  @OnEachRuntime
  void only_start_container_has_the_root_of_the_container(Container container) throws IOException {
    var log = log(container);
    Files.writeString(container.rootfs().resolve("mark"), "");
    hook(container, "createContainer", "ls /mark >" + log + " 2>&1; true");
    hook(container, "startContainer", "ls /mark >>/log");
    container.script("true").run().succeeded();

    assertThat(log).content().contains("No such file").endsWith("/mark\n");
  }

  /// config#hooks: path, args of which the first is the name, env and nothing else
  @OnEachRuntime
  void a_hook_has_its_arguments_and_environment(Container container) throws IOException {
    var log = log(container);
    String script = "cat >/dev/null; echo $0:$1:$A:$OUTSIDE >" + log; // crun wants to be read
    container.set(
        "hooks.createRuntime",
        List.of(
            Json.object(
                "path", "/bin/sh",
                "args", List.of("name", "-c", script, "zero", "one two"),
                "env", List.of("A=b"))));

    container.script("true").running().with("OUTSIDE", "1").run().succeeded();

    assertThat(log).hasContent("zero:one two:b:");
  }

  /// The state is one line, so that `read` of a shell gets all of it.
  @OnEachRuntime(differs = "crun 1.28: several lines")
  void the_state_is_one_line(Container container) throws IOException {
    container.setObject("annotations", "k", "v\nw");
    var log = log(container);
    for (String hook : ALL) {
      hook(
          container,
          hook,
          "read -r line; cat >/dev/null; printf '%s\\n' \"$line\" >>" + at(hook, log));
    }
    container.script("true").run().succeeded();

    var lines = Files.readAllLines(log);
    assertThat(lines).hasSameSizeAs(ALL);
    for (String line : lines) {
      assertThat(Json.parse(line).text("id")).isEqualTo(container.id());
    }
  }

  /// A hook without `env` has the environment of whoever calls the runtime; in the container, that
  /// of its program. An empty one is empty.
  @OnEachRuntime(
      differs = {
        "runc 1.1: the program's for createContainer, too",
        "runc 1.3: none for createContainer, never an empty one for startContainer"
      })
  void a_hook_without_an_environment_inherits_one(Container container) throws IOException {
    var log = log(container);
    for (String hook : ALL) {
      for (String env : List.of("absent", "empty")) {
        String script =
            "cat >/dev/null; echo %s %s $OUTSIDE$INSIDE >>%s".formatted(hook, env, at(hook, log));
        var one = Json.object("path", "/bin/sh", "args", List.of("sh", "-c", script));
        if (env.equals("empty")) {
          one.put("env", List.of());
        }
        container.add("hooks." + hook, one);
      }
    }
    container.add("process.env", "INSIDE=inside").script("true");

    container.running().with("OUTSIDE", "outside").run().succeeded();

    assertThat(Files.readAllLines(log))
        .containsExactlyInAnyOrderElementsOf(
            ALL.stream()
                .flatMap(hook ->
                    Stream.of(
                        hook + " absent " + (hook.equals("startContainer") ? "inside" : "outside"),
                        hook + " empty"))
                .toList());
  }

  /// The directory of a hook is the bundle; that of createContainer is the root filesystem.
  @OnEachRuntime(differs = "crun 1.8, 1.28: the bundle for createContainer, too")
  void a_hook_runs_in_the_bundle(Container container) throws IOException {
    var log = log(container);
    for (String hook : ALL) {
      hook(container, hook, "echo " + hook + " $(pwd -P) >>" + at(hook, log));
    }
    container.script("true").run().succeeded();

    assertThat(Files.readAllLines(log))
        .containsExactlyInAnyOrderElementsOf(
            ALL.stream()
                .map(hook ->
                    hook
                        + " "
                        + switch (hook) {
                          case "startContainer" -> "/";
                          case "createContainer" -> container.rootfs();
                          default -> container.bundle();
                        })
                .toList());
  }

  /// config#hooks: called in the listed order
  @OnEachRuntime
  void hooks_of_a_kind_run_in_order(Container container) throws IOException {
    var log = log(container);
    for (int i = 0; i < 3; i++) {
      hook(container, "createRuntime", "echo " + i + " >>" + log);
    }
    container.script("true").run().succeeded();

    assertThat(log).hasContent("0\n1\n2");
  }

  /// runtime#lifecycle: prestart, createRuntime, createContainer fail: the container is not made,
  /// and poststop hooks are run
  @OnEachRuntime
  void a_hook_that_fails_ends_create(Containers containers) throws IOException {
    for (String kind : List.of("prestart", "createRuntime", "createContainer")) {
      var container = containers.another();
      log(container);
      hook(container, kind, "echo told >&2; exit 3");

      var created = container.tryCreate();

      assertThat(created.code()).as(kind).isNotZero();
      assertThat(created.errors()).as(kind).contains("hook");
      assertThat(container.command("state").run().code()).as(kind).isEqualTo(1);
      assertThat(container.cgroup("memory")).as(kind).doesNotExist();
    }
  }

  /// A bundle may be gone when its container is deleted.
  @OnEachRuntime(differs = "crun 1.8, 1.28: exit code 1")
  void a_hook_runs_though_the_bundle_is_gone(Container container) throws IOException {
    var log = Files.createTempFile("hooks", ".log");
    hook(container, "poststop", "echo poststop >>" + log);
    container.up();
    container.end();
    var elsewhere = container.bundle().resolveSibling(container.id() + "-moved");
    Files.move(container.bundle(), elsewhere);
    try {
      container.delete().succeeded();
      assertThat(log).hasContent("poststop");
    } finally {
      Files.move(elsewhere, container.bundle());
      Files.delete(log);
    }
  }

  /// oci-cli: the text
  @OnEachRuntime(
      differs = {
        "crun 1.8, 1.28: \"error executing hook\"",
        "runc 1.3: names the kind of hook and its number"
      })
  void the_error_of_a_hook_is_runcs(Container container) throws IOException {
    log(container);
    hook(container, "createRuntime", "exit 3");

    assertThat(container.tryCreate().errors()).contains("error running hook");
  }

  /// runtime#lifecycle: startContainer fails: the program is not run
  @OnEachRuntime
  void a_start_hook_that_fails_keeps_the_program_from_running(Container container)
      throws IOException {
    log(container);
    hook(container, "startContainer", "exit 3");
    container.script("echo ran").create();
    int pid = container.pid();

    assertThat(container.command("start").run().code()).isIn(0, 1);
    Orphans.await(pid);
    assertThat(container.output()).isEmpty();
    assertThat(container.command("state").run().out()).doesNotContain("running");
  }

  /// runtime#lifecycle: poststart fails: an error, and the container is stopped
  @OnEachRuntime(differs = "crun 1.8: a warning, as the specification had it once")
  void a_poststart_hook_that_fails_stops_the_container(Container container) {
    hook(container, "poststart", "exit 3");
    container.script("sleep 1000");

    var run = container.kept(container.running("--detach"));

    assertThat(run.code()).isNotZero();
    assertThat(run.errors()).contains("hook");
    assertThat(container.command("state").run().out()).doesNotContain("running");
  }

  /// oci-cli: which hook it was, its exit code and what it wrote are told; `run` leaves nothing
  @OnEachRuntime(differs = "crun 1.8, 1.28: a warning, as the specification had it once")
  void the_error_of_a_poststart_hook_tells_all(Container container) {
    hook(container, "poststart", "echo told >&2; exit 3");

    var run = container.kept(container.script("sleep 1000").running());

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.errors()).contains("error running", "hook #0", "exit status 3", "told");
    assertThat(container.command("state").run().code()).isEqualTo(1);
    assertThat(container.cgroup("memory")).doesNotExist();
  }

  /// runtime#lifecycle: startContainer or poststart fails: stopped, destroyed, poststop
  @OnEachRuntime(
      differs = {
        "runc 1.1, 1.3: a startContainer hook that fails leaves a stopped container",
        "crun 1.8, 1.28: both leave one"
      })
  void a_hook_of_start_that_fails_leaves_no_container(Containers containers) throws IOException {
    for (String kind : List.of("poststart", "startContainer")) {
      var container = containers.another();
      var log = log(container);
      hook(container, kind, "exit 3");
      hook(container, "poststop", "echo after >>" + log);
      container.script("exec sleep 1000").create();

      assertThat(container.command("start").run().code()).as(kind).isEqualTo(1);

      assertThat(container.command("state").run().code()).as(kind).isEqualTo(1);
      assertThat(container.cgroup("memory")).as(kind).doesNotExist();
      assertThat(log).as(kind).hasContent("after");
    }
  }

  /// runtime#lifecycle: poststop fails: a warning, and the others are run
  @OnEachRuntime(differs = "runc 1.1, 1.3: ends with the first that fails")
  void a_poststop_hook_that_fails_is_a_warning(Container container) throws IOException {
    var log = log(container);
    hook(container, "poststop", "exit 3");
    hook(container, "poststop", "echo second >>" + log);
    container.up().end();

    container.delete().succeeded();

    assertThat(log).hasContent("second");
    assertThat(container.command("state").run().code()).isEqualTo(1);
  }

  /// config#hooks: timeout, in seconds
  @OnEachRuntime
  void a_hook_that_takes_too_long_fails(Container container) throws IOException {
    log(container);
    container.add(
        "hooks.createRuntime",
        Json.object(
            "path", "/bin/sh", "args", List.of("sh", "-c", "exec sleep 1000"), "timeout", 1));

    var created =
        container.kept(container.script("true").creating().within(Patience.ofSeconds(30)));

    assertThat(created.code()).isEqualTo(1);
    assertThat(container.command("state").run().code()).isEqualTo(1);
  }

  /// config#hooks: timeout is greater than zero
  @OnEachRuntime(differs = "crun 1.8, 1.28: takes it")
  void a_timeout_of_zero_is_refused(Container container) {
    container.add("hooks.createRuntime", Json.object("path", "/bin/cat", "timeout", 0));

    assertThat(container.tryCreate().code()).isEqualTo(1);
  }

  /// config#hooks: the path is absolute
  @OnEachRuntime(differs = "crun 1.8, 1.28: looks for it")
  void a_relative_path_is_refused(Container container) {
    container.add("hooks.createRuntime", Json.object("path", "bin/cat"));

    assertThat(container.tryCreate().code()).isEqualTo(1);
  }

  /// A hook that ends without having read the state is no error.
  @OnEachRuntime(without = "crun 1.8: is sometimes killed by SIGPIPE")
  void a_hook_need_not_read_the_state(Container container) {
    for (int i = 0; i < 5; i++) {
      container.add(
          "hooks.createRuntime",
          Json.object("path", "/bin/sh", "args", List.of("sh", "-c", "exec <&-; echo closed")));
    }

    assertThat(container.script("true").run().succeeded().errors()).isEmpty();
  }

  /// Nor is it one, and nothing is told of it, where the state is more than a pipe takes.
  @OnEachRuntime(without = "crun 1.8: is sometimes killed by SIGPIPE")
  void a_hook_need_not_read_a_long_state(Container container) {
    container.setObject("annotations", "k", "v".repeat(30_000));
    for (String kind : ALL) {
      container.add(
          "hooks." + kind, Json.object("path", "/bin/sh", "args", List.of("sh", "-c", "true")));
    }

    assertThat(container.script("true").run().succeeded().errors()).isEmpty();
  }

  /// A createRuntime hook sees the namespaces: that is how networks are made.
  @OnEachRuntime
  void a_hook_finds_the_process_whose_namespaces_are_ready(Container container) throws IOException {
    var log = log(container);
    hook(
        container,
        "createRuntime",
        "pid=$(tr -d ' \\n' | sed 's/.*\"pid\"://; s/[^0-9].*//'); readlink /proc/$pid/ns/net >"
            + log);
    container.create();

    assertThat(log).hasContent(Files.readSymbolicLink(container.proc("ns/net")).toString());
  }

  /// Add a shell script of the host as a hook.
  private static void hook(Container container, String kind, String script) {
    container.add(
        "hooks." + kind,
        Json.object(
            "path", "/bin/sh",
            "args",
                List.of(
                    "sh",
                    "-c",
                    script.contains("cat >") || script.contains("sed ")
                        ? script
                        : "cat >/dev/null; " + script),
            "env", List.of("PATH=/usr/bin:/bin")));
  }

  /// Return where a hook of a kind finds the log.
  private static String at(String kind, Path log) {
    return kind.equals("startContainer") ? "/log" : log.toString();
  }

  private static Path log(Container container) throws IOException {
    return Files.writeString(container.rootfs().resolve("log"), "");
  }
}
