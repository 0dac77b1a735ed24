package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import jontainers.testkit.ConformanceTest;

/// oci-cli: what callers rely on beyond the specification.
@ConformanceTest
class CommandTest {
  /// oci-cli: dockerd parses it
  @OnEachRuntime(differs = "crun 1.28: other lines")
  void the_version_has_three_lines(Container container) {
    assertThat(container.plain("--version").run().succeeded().out())
        .containsPattern("^\\S+ version \\d+\\.\\d+\\.\\d+\\S*\n")
        .containsPattern("\ncommit: \\S+\n")
        .containsPattern("\nspec: \\d+\\.\\d+\\.\\d+");
  }

  /// oci-cli: an unknown command
  @OnEachRuntime(differs = "crun 1.8, 1.28: exits with 1")
  void an_unknown_command_exits_with_3(Container container) {
    var run = container.plain("bogus").run();

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.out() + run.errors()).contains("No help topic for 'bogus'");
  }

  @OnEachRuntime
  void help_names_the_commands(Container container) {
    assertThat(container.plain("--help").run().succeeded().out())
        .contains("create", "start", "state", "kill", "delete", "exec", "run", "spec");
  }

  /// oci-cli: `"run" requires exactly 1 argument(s)`
  @OnEachRuntime(differs = "crun 1.8, 1.28: other words")
  void a_missing_argument_is_told(Container container) {
    assertThat(container.plain("run").run().errors().replace("\\", ""))
        .contains("\"run\" requires exactly 1 argument(s)");
  }

  /// oci-cli: `--log FILE --log-format json` appends one line, and standard error has the message
  @OnEachRuntime(differs = "crun 1.8, 1.28: nothing on standard error, and \"msg\" first")
  void an_error_is_logged_as_json(Container container) throws IOException {
    var log = container.bundle().resolve("log.json");
    Files.writeString(log, "{\"level\":\"info\",\"msg\":\"before\"}\n");

    var state =
        container
            .plain("--log", log.toString(), "--log-format", "json", "state", container.id())
            .run();

    var lines = Files.readAllLines(log);
    assertThat(lines).hasSize(2);
    assertThat(lines.getLast())
        .containsPattern(
            "^\\{\"level\":\"error\",\"msg\":\".*does not exist.*\",\"time\":\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(Z|[+-]\\d\\d:\\d\\d)\"}$");
    assertThat(state.errors()).contains("does not exist").doesNotContain("level");
  }

  /// oci-cli: what containerd's shim reads
  @OnEachRuntime(differs = "crun 1.28: its log is no JSON that others read")
  void the_log_has_the_level_and_the_message(Container container) throws IOException {
    var log = container.bundle().resolve("log.json");

    container.plain("--log=" + log, "--log-format=json", "kill", container.id(), "KILL").run();

    var line = Json.parse(Files.readAllLines(log).getLast());
    assertThat(line.text("level")).isEqualTo("error");
    assertThat(line.text("msg")).isNotEmpty();
    assertThat(line.keys()).contains("time");
  }

  /// oci-cli: without `--log`
  @OnEachRuntime(differs = "crun 1.8, 1.28: the message alone")
  void an_error_is_told_as_text(Container container) {
    assertThat(container.command("state").run().errors())
        .containsPattern("^time=\"[^\"]+\" level=error msg=\".*does not exist.*\"\n$");
  }

  /// oci-cli: `--debug`
  @OnEachRuntime
  void debugging_says_more(Container container) {
    var run = container.plain("--debug", "--log-format", "text", "state", container.id()).run();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.errors()).isNotBlank();
  }

  /// oci-cli: the pid file is there when create returns
  @OnEachRuntime
  void create_writes_a_pid_file(Container container) throws IOException {
    var pidFile = container.bundle().resolve("pid");
    container.create("--pid-file", pidFile.toString());

    assertThat(pidFile).hasContent(Integer.toString(container.pid()));
  }

  /// oci-cli: a relative one is below the caller's directory
  @OnEachRuntime(differs = "crun 1.8, 1.28: below the bundle")
  void a_relative_pid_file_is_the_callers(Container container) throws IOException {
    var elsewhere = Files.createDirectory(container.bundle().resolve("elsewhere"));
    container.kept(container.creating("--pid-file", "pid").in(elsewhere)).succeeded();

    assertThat(elsewhere.resolve("pid")).hasContent(Integer.toString(container.pid()));
  }

  /// oci-cli: `spec`
  @OnEachRuntime
  void a_specification_is_written_and_can_be_run(Container container) throws IOException {
    var bundle = container.bundle();
    container.plain("spec").in(bundle).run().succeeded();

    var spec = Json.parse(Files.readString(bundle.resolve("config.json")));
    assertThat(spec.text("root.path")).isEqualTo("rootfs");
    assertThat(spec.get("process.args")).isEqualTo(List.of("sh"));
    assertThat(spec.get("process.terminal")).isEqualTo(true);
    spec.set("process.terminal", false).set("process.args", List.of("/bin/echo", "ran"));
    spec.set("linux.cgroupsPath", "/jontainers/" + container.id());
    Files.writeString(bundle.resolve("config.json"), spec.toString());
    assertThat(container.command("run", "-b", bundle.toString()).run().succeeded().out())
        .isEqualTo("ran\n");
  }

  /// oci-cli: it overwrites nothing
  @OnEachRuntime(differs = "crun 1.8, 1.28: other words")
  void a_specification_is_not_overwritten(Container container) throws IOException {
    Files.writeString(container.bundle().resolve("config.json"), "mine");

    var spec = container.plain("spec", "-b", container.bundle().toString()).run();

    assertThat(spec.code()).isEqualTo(1);
    assertThat(spec.errors()).contains("File config.json exists. Remove it first");
    assertThat(container.bundle().resolve("config.json")).hasContent("mine");
  }

  /// oci-cli: `spec --rootless`
  @OnEachRuntime(differs = "crun 1.8, 1.28: without mappings")
  void a_rootless_specification_has_a_user_namespace(Container container) throws IOException {
    container.plain("spec", "--rootless").in(container.bundle()).run().succeeded();

    var spec = Json.parse(Files.readString(container.bundle().resolve("config.json")));
    assertThat(spec.objects("linux.namespaces")).anyMatch(n -> "user".equals(n.get("type")));
    assertThat(spec.objects("linux.uidMappings")).hasSize(1);
  }

  /// features.md
  @OnEachRuntime(differs = "crun 1.8: has no such command")
  void the_features_are_told(Container container) {
    var features = Json.parse(container.plain("features").run().succeeded().out());

    assertThat(features.text("ociVersionMin")).matches("1\\.0\\.\\d.*");
    assertThat(features.text("ociVersionMax")).matches("1\\.\\d\\.\\d.*");
    assertThat((List<?>) features.get("hooks"))
        .asString()
        .contains(
            "prestart",
            "createRuntime",
            "createContainer",
            "startContainer",
            "poststart",
            "poststop");
    assertThat((List<?>) features.get("mountOptions"))
        .asString()
        .contains("rro", "tmpcopyup", "rbind");
    assertThat((List<?>) features.get("linux.namespaces")).hasSizeGreaterThanOrEqualTo(7);
    assertThat((List<?>) features.get("linux.capabilities")).asString().contains("CAP_CHOWN");
    assertThat(features.get("linux.cgroup.v1")).isEqualTo(true);
    assertThat(features.get("linux.seccomp.enabled")).isEqualTo(true);
  }

  /// oci-cli: `events --stats`
  @OnEachRuntime(differs = "crun 1.8, 1.28: has no such command")
  void statistics_are_told_once(Container container) {
    container.up();

    var line = container.command("events", "--stats").run().succeeded().text();

    var event = Json.parse(line);
    assertThat(line).startsWith("{\"type\":\"stats\",\"id\":\"" + container.id() + "\",\"data\":{");
    assertThat(event.number("data.pids.current")).isEqualTo(1);
    assertThat(event.number("data.memory.usage.usage")).isPositive();
    assertThat((Map<?, ?>) event.get("data.cpu.usage")).asString().contains("total");
  }

  /// oci-cli: the stream ends with the container
  @OnEachRuntime(without = "crun 1.8: has no such command")
  void the_stream_of_events_ends_with_the_container(Container container) throws IOException {
    var events = eventsOf(container, "echo ready; while [ ! -e /go ]; do sleep 0.02; done");

    assertThat(events).isNotEmpty().allMatch(line -> line.startsWith("{\"type\":\"stats\""));
  }

  /// oci-cli: out of memory
  @OnEachRuntime(without = "crun 1.8: has no such command")
  void want_of_memory_is_an_event(Container container) throws IOException {
    container.setObject("linux.resources.memory", "limit", 16 << 20);

    var events =
        eventsOf(
            container,
            "echo ready; while [ ! -e /go ]; do sleep 0.02; done; y=a; while :; do y=$y$y; done");

    assertThat(events).contains("{\"type\":\"oom\",\"id\":\"" + container.id() + "\"}");
  }

  /// Run a script that goes on when there is a file /go; make that after the first event.
  private static List<String> eventsOf(Container container, String script) throws IOException {
    var run =
        CompletableFuture.supplyAsync(
            () -> container.kept(container.script(script).running()), Thread.ofVirtual()::start);
    Await.exists(container.bundle().resolve("out"));
    container.await("ready");
    var stream = container.bundle().resolve("events");
    var events =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return container.command("events", "--interval", "200ms").run(stream, stream);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            Thread.ofVirtual()::start);
    Await.text(stream, "stats");
    Files.writeString(container.rootfs().resolve("go"), "");
    var lines = events.join().succeeded().lines();
    var _ = run.join();
    return lines;
  }

  /// sd_notify(3): NOTIFY_SOCKET is the caller's, and what the container says there arrives
  @OnEachRuntime(without = "crun 1.8: makes the socket in another place")
  void readiness_is_passed_on(Container container) throws IOException {
    Programs.need("python3", "python3");
    var script = Resources.copy("notified.py", container.bundle());
    var socket = container.bundle().resolve("notify.sock");
    var heard =
        CompletableFuture.supplyAsync(
            () -> Command.of("python3", script.toString(), socket.toString()).run(),
            Thread.ofVirtual()::start);
    Await.exists(socket);
    container.script("echo $NOTIFY_SOCKET:; exec sleep 1000");
    container.kept(container.creating().with("NOTIFY_SOCKET", socket.toString())).succeeded();
    var start = // which may wait for the word
        CompletableFuture.supplyAsync(
            () -> container.command("start").with("NOTIFY_SOCKET", socket.toString()).run(),
            Thread.ofVirtual()::start);
    container.await(":");

    String inside = container.output().strip().replace(":", "");
    assertThat(inside).isNotEmpty();
    say(script, container.proc("root") + inside, "READY=1");

    assertThat(start.join().code()).isZero();
    say(script, socket.toString(), "END"); // runc tells MAINPID after READY
    assertThat(heard.join().succeeded().out()).contains("READY=1");
  }

  private static void say(Path script, String socket, String message) {
    Command.of("python3", script.toString(), "--say", socket, message).run().succeeded();
  }

  /// The state directory of a container cannot be read by others.
  @OnEachRuntime
  void the_state_is_not_for_others(Container container) throws IOException {
    container.create();
    var state = container.bundle().getParent();
    try (var files = Files.walk(Path.of(state + "/state"), 2)) {
      assertThat(files.filter(Files::isDirectory).skip(1))
          .allSatisfy(directory ->
              assertThat(Files.getPosixFilePermissions(directory))
                  .asString()
                  .doesNotContain("OTHERS_WRITE", "GROUP_WRITE"));
    }
  }
}
