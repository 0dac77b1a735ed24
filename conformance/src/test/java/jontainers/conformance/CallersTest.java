package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.testkit.ConformanceTest;

/// What callers of runtimes rely on beside the specification: options, signals, exit codes, words.
@ConformanceTest
class CallersTest {
  /// kill(2): signal 0 asks whether the process is there
  @OnEachRuntime
  void signal_0_asks_whether_it_runs(Container container) {
    container.up();
    container.kill("0").succeeded();
    assertThat(container.plain("kill", "--all", container.id(), "0").run().code()).isZero();
    assertThat(container.status()).isEqualTo("running");

    container.end();

    assertThat(container.kill("0").code()).isEqualTo(1);
  }

  /// `ps` of a container without processes: the header alone
  @OnEachRuntime(differs = {"crun 1.8: SIGSEGV", "crun 1.28: other columns"})
  void ps_of_a_stopped_container_is_a_header(Container container) {
    container.up().end();

    assertThat(container.plain("ps", container.id()).run().succeeded().lines())
        .singleElement()
        .asString()
        .startsWith("UID");
    assertThat(container.plain("ps", "-f", "json", container.id()).run().succeeded().text())
        .isEqualTo("null");
  }

  /// `ps ID OPTIONS`: ps(1) decides on the columns
  @OnEachRuntime(differs = "crun 1.8, 1.28: takes no options")
  void ps_has_the_columns_that_are_asked_for(Container container) {
    container.up();
    for (String option : List.of("-o", "-eo")) {
      var lines =
          container.plain("ps", container.id(), option, "pid,comm").run().succeeded().lines();
      assertThat(lines).hasSize(2);
      assertThat(lines.getFirst().split(" +")).contains("PID", "COMMAND");
      assertThat(lines.getLast().strip().split(" +"))
          .containsExactly(Integer.toString(container.pid()), "sleep");
    }
    assertThat(container.plain("ps", container.id(), "-ef").run().succeeded().out())
        .startsWith("UID");
    assertThat(container.plain("ps", container.id(), "--garbage").run().code()).isEqualTo(1);
  }

  /// `--log` in a directory that is not there: an error, and no command is run
  @OnEachRuntime
  void a_log_that_cannot_be_opened_is_an_error(Container container) {
    var listed = container.plain("--log", "/nowhere/log", "list").run();

    assertThat(listed.code()).isEqualTo(1);
    assertThat(listed.errors()).contains("/nowhere/log").containsIgnoringCase("no such file");
    assertThat(listed.out()).isEmpty();
  }

  /// `--log` makes the file, whatever there is to tell
  @OnEachRuntime
  void a_log_is_there_though_nothing_is_in_it(Container container) {
    var log = container.bundle().resolve("log");

    container.create();
    container.plain("--log", log.toString(), "state", container.id()).run().succeeded();

    assertThat(log).isEmptyFile();
  }

  /// `--debug` tells of what goes well, too
  @OnEachRuntime(differs = {"runc 1.1, 1.3: none for these", "crun 1.8, 1.28: no levels"})
  void debug_lines_are_in_the_log(Container container) throws IOException {
    var log = container.bundle().resolve("log");
    container.script("true").create();

    container
        .plain("--debug", "--log", log.toString(), "--log-format", "json", "start", container.id())
        .run()
        .succeeded();
    container.plain("--log", log.toString(), "state", container.id()).run().succeeded();
    container.plain("--debug", "--log", log.toString(), "exec", container.id(), "true").run();

    assertThat(Files.readString(log)).contains("level=debug");
  }

  /// systemd and what counts by the second version look there
  @OnEachRuntime
  void the_process_is_in_its_group_of_version_2_as_well(Container container) throws IOException {
    assumeTrue(
        Files.exists(Path.of("/sys/fs/cgroup/unified/cgroup.procs")), "no hybrid of the versions");
    container.up();

    assertThat(Files.readString(container.proc("cgroup")))
        .containsPattern("(?m)^0::.*/jontainers/" + container.id() + "$");
    assertThat(container.exec("cat", "/proc/self/cgroup").succeeded().out())
        .doesNotContainPattern("(?m)^0::.*\\.\\.");
    container.end();
    container.delete().succeeded();
    assertThat(Path.of("/sys/fs/cgroup/unified/jontainers/" + container.id())).doesNotExist();
  }

  /// The terminal that `run` and `exec` copy from adds no carriage returns: the caller's own does.
  @OnEachRuntime(differs = "crun 1.8, 1.28: adds them")
  void a_terminal_that_is_copied_has_plain_line_ends(Container container) throws IOException {
    Programs.need("script", "bsdutils");
    container.set("process.terminal", true).script("echo one; echo two");
    var out = container.bundle().resolve("plain");

    inTerminal(container.running(), out);
    assertThat(out).content().startsWith("one\ntwo\n");

    container.set("process.terminal", false).up();
    inTerminal(container.executing(List.of("-t"), "sh", "-c", "echo one; echo two"), out);
    assertThat(out).content().startsWith("one\ntwo\n");
  }

  private static void inTerminal(Command command, Path out) {
    var words = String.join(" ", command.words().stream().map(w -> "'" + w + "'").toList());
    Command.inTerminal(words + " >" + out).run().succeeded();
  }

  /// `spec`: a cgroup namespace with version 2 alone
  @OnEachRuntime
  void an_example_fits_the_version_of_cgroups(Container container) throws IOException {
    boolean second = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
    for (var options : List.of(List.of("spec"), List.of("spec", "--rootless"))) {
      var directory = Files.createTempDirectory(container.bundle(), "example");
      container.plain(options.toArray(String[]::new)).in(directory).run().succeeded();
      var namespaces =
          Json.parse(Files.readString(directory.resolve("config.json")))
              .objects("linux.namespaces");
      assertThat(namespaces.stream().anyMatch(n -> "cgroup".equals(n.get("type"))))
          .isEqualTo(second);
    }
  }

  /// A state directory that was named and is not there was mistyped.
  @OnEachRuntime(differs = {"runc 1.1: makes it", "crun 1.8, 1.28: an empty list"})
  void a_list_of_a_root_that_is_missing_is_an_error(Container container) {
    var list = container.plain("list").run();

    assertThat(list.code()).isEqualTo(1);
    assertThat(list.errors()).contains("no such file or directory");
  }

  /// Callers match these words.
  @OnEachRuntime(differs = "crun 1.8, 1.28: other words")
  void a_wrong_working_directory_is_told_in_runcs_words(Container container) {
    container.set("process.cwd", "tmp");
    assertThat(container.run().errors()).contains("Cwd must be an absolute path");
    container.set("process.cwd", "");
    assertThat(container.run().errors()).contains("Cwd property must not be empty");
  }

  /// Callers match these words.
  @OnEachRuntime(differs = {"runc 1.1, 1.3: the reason alone", "crun 1.8, 1.28: other words"})
  void a_wrong_configuration_is_told_in_runcs_words(Container container) {
    container.without("uts").set("hostname", "x");

    assertThat(container.run().errors()).contains("invalid configuration");
  }

  /// `--pidfd-socket`: whoever listens gets the pidfd of the process
  @OnEachRuntime(differs = {"runc 1.1: no such option", "crun 1.8, 1.28: no such option"})
  void the_pidfd_is_sent(Container container) throws IOException {
    try (var listening = Listening.in(container.bundle())) {
      container.script("sleep 1000").create("--pidfd-socket", listening.socket());
      assertThat(listening.answer()).isEqualTo("standard " + container.pid());
    }
    container.start();
    try (var listening = Listening.in(container.bundle())) {
      var file = container.bundle().resolve("pid");
      var exec =
          container.executing(
              List.of(
                  "--detach", "--pidfd-socket", listening.socket(), "--pid-file", file.toString()),
              "sleep",
              "1000");
      container.kept(exec).succeeded();
      assertThat(listening.answer()).isEqualTo("setns " + Files.readString(file));
    }
    var created = container.executing(List.of("--pidfd-socket", "/nowhere/socket"), "true").run();
    assertThat(created.code()).isNotZero();
  }

  /// The other end of `--pidfd-socket`: a Python script, since a JVM cannot receive a descriptor.
  private record Listening(String socket, Process receiver) implements AutoCloseable {
    static Listening in(Path directory) throws IOException {
      Programs.need("python3", "python3");
      var script = Resources.copy("pidfd.py", directory);
      var socket = directory.resolve("pidfd.sock");
      Files.deleteIfExists(socket);
      var process = Command.of("python3", script.toString(), socket.toString()).startWithPipes();
      var listening = new Listening(socket.toString(), process);
      assertThat(process.inputReader().readLine()).isEqualTo("listening");
      return listening;
    }

    /// Return the message, and the number of the process.
    String answer() throws IOException {
      return String.valueOf(receiver.inputReader().readLine());
    }

    @Override
    public void close() {
      receiver.destroyForcibly().onExit().join();
    }
  }

  /// crun's annotation, which podman sets for `--group-add keep-groups`
  @OnEachRuntime(differs = "runc 1.1, 1.3: does not know it")
  void the_groups_of_the_caller_are_kept_if_asked(Container container) {
    Programs.need("setpriv", "util-linux");
    container
        .runBy(List.of("setpriv", "--groups", "3,7"))
        .setObject("annotations", "run.oci.keep_original_groups", "1")
        .set("process.user.additionalGids", List.of(5));

    assertThat(container.shell("grep Groups: /proc/self/status").split("\\s+"))
        .containsExactly("Groups:", "3", "7");
    container.up();
    assertThat(
            container.exec("grep", "Groups:", "/proc/self/status").succeeded().text().split("\\s+"))
        .containsExactly("Groups:", "3", "7");
  }

  /// SIGKILL reaches those that the first process has left behind in a shared pid namespace
  @OnEachRuntime(differs = {"runc 1.1: not running", "crun 1.8, 1.28: no such process"})
  void kill_reaches_what_a_dead_process_has_left(Container container) throws IOException {
    container
        .without("pid")
        .script("sleep 1000 & echo $! >/child; exec sleep 1000")
        .create()
        .start();
    Await.text(container.rootfs().resolve("child"), "\n");
    int child = Integer.parseInt(Files.readString(container.rootfs().resolve("child")).strip());
    int first = container.pid();
    Command.of("kill", "-9", Integer.toString(first)).run().succeeded();
    Orphans.await(first);
    assertThat(container.kill("TERM").code()).isEqualTo(1);

    container.kill("KILL").succeeded();

    Await.answer("ended", () -> !Files.exists(Path.of("/proc/" + child + "/exe")));
  }

  /// Who cannot be told of a process believes that there is none.
  @OnEachRuntime(
      differs = {
        "runc 1.1: no --pidfd-socket",
        "runc 1.3: leaves a container where the name of the socket is too long",
        "crun 1.8, 1.28: no --pidfd-socket"
      })
  void a_process_that_nobody_is_told_of_is_ended(Container container) {
    var missing = container.bundle().resolve("missing/file").toString();
    var tooLong = container.bundle().resolve("x".repeat(150)).toString();
    container.script("sleep 1000");
    for (var told :
        List.of(
            List.of("--pid-file", missing),
            List.of("--pid-file", "/"),
            List.of("--pidfd-socket", missing),
            List.of("--pidfd-socket", tooLong))) {
      var create = container.kept(container.creating(told.toArray(String[]::new)));
      assertThat(create.code()).as(told.toString()).isEqualTo(1);
      assertThat(create.errors()).doesNotContain("Exception");
      assertThat(container.plain("state", container.id()).run().errors())
          .as(told.toString())
          .contains("does not exist");
    }
    container.create("--pid-file", "", "--pidfd-socket", "").start();

    var words = new ArrayList<>(List.of("--detach", "--pid-file", missing));
    assertThat(container.kept(container.executing(words, "sleep", "1001")).code()).isNotZero();
    words.set(1, "--pidfd-socket");
    assertThat(container.kept(container.executing(words, "sleep", "1002")).code()).isNotZero();
    Await.answer(
        "the first process alone",
        () -> container.plain("ps", container.id()).run().succeeded().lines().size() == 2);
  }

  /// The group of version 2 of a hybrid limits nothing, and is not needed.
  @OnEachRuntime(
      differs = "runc 1.1, 1.3: cannot be entered then",
      without = "crun 1.8, 1.28: fails and leaves the others")
  void a_group_of_version_2_that_cannot_be_made_is_none(Container container) {
    var unified = "/sys/fs/cgroup/unified";
    assumeTrue(Files.exists(Path.of(unified, "cgroup.procs")), "no hybrid of the versions");
    Command.of("mount", "-o", "remount,ro,bind", unified).run().succeeded();
    try {
      container.up();
      assertThat(container.exec("echo", "here").succeeded().text()).isEqualTo("here");
    } finally {
      Command.of("mount", "-o", "remount,rw,bind", unified).run().succeeded();
    }
  }

  /// runc 1.5: 0 is a limit, which is 1; the specification has no other meaning for it
  @OnEachRuntime(differs = {"runc 1.1, 1.3: no limit", "crun 1.8, 1.28: no limit"})
  void a_limit_of_no_processes_is_one(Container container) {
    container.up();

    container.plain("update", "--pids-limit", "0", container.id()).run().succeeded();

    assertThat(container.limit("pids.max")).isEqualTo("1");
  }

  /// Memory without a limit has swap without one.
  @OnEachRuntime(differs = "crun 1.8, 1.28: invalid argument")
  void no_limit_of_memory_is_none_of_swap(Container container) {
    assumeTrue(
        Files.exists(Path.of("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")),
        "memory and swap are not counted together");
    container.setObject("linux.resources.memory", "limit", 50L << 20, "swap", 100L << 20).up();

    container.plain("update", "--memory", "-1", container.id()).run().succeeded();

    assertThat(container.limit("memory.limit_in_bytes")).startsWith("92233720");
    assertThat(container.limit("memory.memsw.limit_in_bytes")).startsWith("92233720");
  }

  /// `exec --cap`: added to what the container's process has; unknown ones are a warning
  @OnEachRuntime(differs = {"crun 1.8, 1.28: in place of them"})
  void exec_adds_capabilities(Container container) {
    container.up();

    assertThat(effective(container, "--cap", "CAP_SYS_ADMIN")).isEqualTo("0000000020200420");
    var unknown = container.executing(List.of("--cap", "CAP_NONSENSE"), "true").run().succeeded();
    assertThat(unknown.errors()).contains("warning", "CAP_NONSENSE");
  }

  /// Another user has them where they are inheritable, too
  @OnEachRuntime(differs = {"crun 1.8, 1.28: in place of the others"})
  void exec_adds_inheritable_capabilities_for_other_users(Container container) {
    container
        .capabilities("CAP_NET_RAW")
        .add("process.capabilities.inheritable", "CAP_NET_RAW")
        .up();

    assertThat(effective(container, "--user", "1000", "--cap", "CAP_NET_RAW"))
        .isEqualTo("0000000000002000");
  }

  private static String effective(Container container, String... options) {
    return container
        .executing(List.of(options), "grep", "CapEff", "/proc/self/status")
        .run()
        .succeeded()
        .text()
        .replaceFirst(".*\\s", "");
  }
}
