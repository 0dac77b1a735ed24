package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jontainers.testkit.ConformanceTest;

/// config.md, Process: what the program is given.
@ConformanceTest
class ProcessTest {
  /// config#process: args, of which the first is the program, in the order given
  @OnEachRuntime
  void the_arguments_arrive_as_they_are(Container container) {
    container.args("printf", "[%s]", "a b", "", "$HOME", "é\n");

    assertThat(container.run().succeeded().out()).isEqualTo("[a b][][$HOME][é\n]");
  }

  /// config#process: env, with the semantics of environ(7), and nothing else
  @OnEachRuntime
  void the_environment_is_the_one_given(Container container) {
    container.set("process.env", List.of("PATH=/bin", "A=b=c", "EMPTY=", "S=two words"));

    assertThat(container.args("/bin/env").running().with("OUTSIDE", "1").run().lines())
        .filteredOn(line -> !line.startsWith("HOME=")) // runc adds it
        .containsExactlyInAnyOrder("PATH=/bin", "A=b=c", "EMPTY=", "S=two words");
  }

  /// oci-cli: PATH of the configuration is where the program is looked for
  @OnEachRuntime
  void the_program_is_found_in_path(Container container) throws IOException {
    Files.createDirectories(container.rootfs().resolve("opt"));
    var program = container.rootfs().resolve("opt/mine");
    Files.writeString(program, "#!/bin/sh\necho mine\n");
    assertThat(program.toFile().setExecutable(true, false)).isTrue();
    container.set("process.env", List.of("PATH=/nonexistent:/opt:/bin"));

    assertThat(container.args("mine").run().succeeded().out()).isEqualTo("mine\n");
  }

  /// config#process: cwd
  @OnEachRuntime
  void the_program_begins_in_its_directory(Container container) {
    assertThat(container.set("process.cwd", "/tmp").shell("pwd")).isEqualTo("/tmp");
  }

  /// config#process: cwd must be absolute
  @OnEachRuntime(differs = "crun 1.8, 1.28: takes it")
  void a_relative_directory_is_refused(Container container) {
    var run = container.set("process.cwd", "tmp").script("pwd").run();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.errors()).containsIgnoringCase("cwd");
  }

  /// A directory that is not there is made, as peers do.
  @OnEachRuntime
  void a_missing_directory_is_made(Container container) {
    assertThat(container.set("process.cwd", "/a/b/c").shell("pwd")).isEqualTo("/a/b/c");
  }

  /// config#user: uid, gid, additionalGids
  @OnEachRuntime
  void the_user_and_the_groups_are_those_given(Container container) {
    container.setObject(
        "process.user", "uid", 1234, "gid", 4321, "additionalGids", List.of(10, 20));

    assertThat(
            container
                .shell("id -u; id -g; grep -E '^(Uid|Gid|Groups):' /proc/self/status")
                .lines()
                .map(String::strip))
        .containsExactly(
            "1234",
            "4321",
            "Uid:\t1234\t1234\t1234\t1234",
            "Gid:\t4321\t4321\t4321\t4321",
            "Groups:\t10 20");
  }

  /// config#user: no supplementary groups of the caller's
  @OnEachRuntime
  void there_are_no_groups_but_those_given(Container container) {
    assertThat(container.shell("grep ^Groups: /proc/self/status").strip()).isEqualTo("Groups:");
  }

  /// config#user: umask
  @OnEachRuntime
  void the_umask_is_the_one_given(Containers containers) {
    assertThat(containers.another().set("process.user.umask", 63).shell("umask")).isEqualTo("0077");
    assertThat(containers.another().set("process.user.umask", 0).shell("umask")).isEqualTo("0000");
  }

  /// The umask without a word of it is 0022, whatever the caller's is.
  @OnEachRuntime
  void the_umask_is_not_the_callers(Container container) {
    container.script("umask");

    assertThat(container.running().under("umask 0").run().text()).isEqualTo("0022");
  }

  /// config#posix-process: rlimits, soft and hard
  @OnEachRuntime
  void the_limits_are_those_given(Container container) {
    container.set(
        "process.rlimits",
        List.of(
            Json.object("type", "RLIMIT_NOFILE", "soft", 100, "hard", 200),
            Json.object("type", "RLIMIT_CORE", "soft", 0, "hard", 1024),
            Json.object("type", "RLIMIT_FSIZE", "soft", 1_000_000, "hard", 2_000_000),
            Json.object("type", "RLIMIT_STACK", "soft", 4_000_000, "hard", 4_000_000)));

    assertThat(container.shell("cat /proc/self/limits"))
        .containsPattern("Max open files +100 +200 ")
        .containsPattern("Max core file size +0 +1024 ")
        .containsPattern("Max file size +1000000 +2000000 ")
        .containsPattern("Max stack size +4000000 +4000000 ");
  }

  /// config#posix-process: a limit that Linux does not know is an error
  @OnEachRuntime
  void an_unknown_limit_is_refused(Container container) {
    container.set(
        "process.rlimits", List.of(Json.object("type", "RLIMIT_BOGUS", "soft", 1, "hard", 1)));

    var run = container.script("true").run();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.errors()).contains("RLIMIT_BOGUS");
  }

  /// config#posix-process: the same limit twice is an error
  @OnEachRuntime(differs = "runc 1.1: takes the last one")
  void a_limit_that_is_given_twice_is_refused(Container container) {
    var limit = Json.object("type", "RLIMIT_NOFILE", "soft", 10, "hard", 10);
    container.set("process.rlimits", List.of(limit, limit));

    assertThat(container.script("true").run().code()).isEqualTo(1);
  }

  /// config#linux-process: noNewPrivileges
  @OnEachRuntime
  void no_new_privileges_is_as_given(Containers containers) {
    for (var expected : Map.of(true, "1", false, "0").entrySet()) {
      var container = containers.another().set("process.noNewPrivileges", expected.getKey());
      assertThat(container.shell("grep ^NoNewPrivs: /proc/self/status"))
          .isEqualTo("NoNewPrivs:\t" + expected.getValue());
    }
  }

  /// config#linux-process: oomScoreAdj
  @OnEachRuntime
  void the_oom_score_is_the_one_given(Container container) {
    assertThat(container.set("process.oomScoreAdj", 500).shell("cat /proc/self/oom_score_adj"))
        .isEqualTo("500");
  }

  /// config#linux-process: without oomScoreAdj it is not changed
  @OnEachRuntime
  void the_oom_score_without_a_word_is_the_callers(Container container) throws IOException {
    assertThat(container.shell("cat /proc/self/oom_score_adj"))
        .isEqualTo(Files.readString(Path.of("/proc/self/oom_score_adj")).strip());
  }

  /// config#scheduler: policy, nice, priority
  @OnEachRuntime(differs = {"runc 1.1: no scheduler", "crun 1.8: no scheduler"})
  void the_scheduler_is_the_one_given(Containers containers) {
    var batch =
        containers.another().setObject("process.scheduler", "policy", "SCHED_BATCH", "nice", 7);
    assertThat(batch.shell("cut -d' ' -f 19,41 /proc/self/stat")).isEqualTo("7 3");

    var idle = containers.another().setObject("process.scheduler", "policy", "SCHED_IDLE");
    assertThat(idle.shell("cut -d' ' -f 41 /proc/self/stat")).isEqualTo("5");
  }

  /// config#scheduler: a policy that is not one of those is an error
  @OnEachRuntime(differs = {"runc 1.1: no scheduler", "crun 1.8: no scheduler"})
  void an_unknown_scheduler_is_refused(Container container) {
    container.setObject("process.scheduler", "policy", "SCHED_BOGUS");

    assertThat(container.script("true").run().code()).isEqualTo(1);
  }

  /// config#ioPriority: class and priority
  @OnEachRuntime(differs = {"runc 1.1: no ioPriority", "crun 1.8: no ioPriority"})
  void the_io_priority_is_the_one_given(Container container) {
    container.setObject("process.ioPriority", "class", "IOPRIO_CLASS_BE", "priority", 6);

    assertThat(container.shell("ionice -p $$")).isEqualTo("best-effort: prio 6");
  }

  /// config#execCPUAffinity: for processes of `exec`, first while they are made, then at their end
  @OnEachRuntime(differs = {"runc 1.1: no execCPUAffinity", "crun 1.8, 1.28: no execCPUAffinity"})
  void the_affinity_of_exec_is_the_one_given(Container container) {
    assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "a machine with one processor");
    container.setObject("process.execCPUAffinity", "initial", "0", "final", "1").up();

    assertThat(container.exec("grep", "Cpus_allowed_list", "/proc/self/status").text())
        .isEqualTo("Cpus_allowed_list:\t1");
  }

  /// oci-cli: the docker command makes 127 and 126 of these texts
  @OnEachRuntime(
      differs = {
        "crun 1.8, 1.28: has texts of its own, which engines know, too",
        "runc 1.3: \"is a directory\""
      })
  void a_program_that_cannot_be_run_says_why(Containers containers) throws IOException {
    var missing = containers.another().args("nonesuch").run();
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.errors().replace("\\", ""))
        .contains("exec: \"nonesuch\": executable file not found in $PATH");

    var path = containers.another().args("/nonesuch").run();
    assertThat(path.errors()).containsIgnoringCase("no such file or directory");

    var directory = containers.another().args("/etc").run();
    assertThat(directory.errors()).containsIgnoringCase("permission denied");

    var file = containers.another().args("/etc/passwd").run();
    assertThat(file.errors()).containsIgnoringCase("permission denied");
  }

  /// What podman reads: the same errors in the words of either runtime.
  @OnEachRuntime
  void a_missing_program_is_recognised_by_podman(Containers containers) {
    assertThat(containers.another().args("nonesuch").run().errors())
        .containsPattern("(?i)executable file .*not found in|no such file or directory");
    assertThat(containers.another().args("/etc").run().errors())
        .containsPattern("(?i)permission denied|operation not permitted|is a directory");
  }

  /// create fails already, so that engines can tell it at once.
  @OnEachRuntime
  void create_fails_when_the_program_is_missing(Container container) {
    container.args("nonesuch");

    assertThat(container.tryCreate().code()).isEqualTo(1);
    assertThat(container.command("state").run().code()).isEqualTo(1);
  }

  /// config#process: args must have an entry
  @OnEachRuntime
  void no_arguments_are_refused(Container container) {
    container.set("process.args", List.of());

    assertThat(container.run().code()).isEqualTo(1);
  }

  /// No signal is blocked or ignored: a JVM, as well as Go, sets some.
  @OnEachRuntime
  void no_signal_is_blocked_or_ignored(Container container) throws IOException {
    var lines =
        container
            .args(
                "grep", "-E", "^Sig(Blk|Ign):", "/proc/self/status") // no shell, which ignores some
            .run()
            .succeeded()
            .lines();

    assertThat(lines.get(0)).isEqualTo("SigBlk:\t0000000000000000");
    // what is ignored already is inherited, and the C library of this JVM has 32 and 33 ignored
    long callers = ignored(Files.readAllLines(Path.of("/proc/self/status")));
    assertThat(ignored(lines) & ~callers & 0x7fffffff).isZero();
  }

  /// Nothing of the runtime is open in the program.
  @OnEachRuntime
  void only_the_standard_streams_are_open(Container container) {
    var run =
        container.script("ls /proc/$$/fd; true").running().under("exec 5</ 6</etc/passwd").run();

    assertThat(run.succeeded().text().replaceAll("\\s+", " ")).isEqualTo("0 1 2");
  }

  /// oci-cli: `--preserve-fds` passes those from 3 on, and no others
  @OnEachRuntime
  void preserved_descriptors_are_open(Container container) {
    var run =
        container
            .script("ls /proc/$$/fd; cat <&4")
            .running("--preserve-fds", "2")
            .under("exec 3</dev/null 4</etc/hostname 5</etc/passwd")
            .run();

    assertThat(run.succeeded().text().replaceAll("\\s+", " ")).startsWith("0 1 2 3 4");
  }

  /// sd_listen_fds(3): LISTEN_FDS descriptors from 3 on, and LISTEN_PID is the program's own
  @OnEachRuntime(differs = "crun 1.8, 1.28: has no LISTEN_PID")
  void the_sockets_of_systemd_are_passed_on(Container container) {
    var run =
        container
            .script("echo $LISTEN_FDS $LISTEN_PID; ls /proc/$$/fd")
            .running()
            .with("LISTEN_FDS", "1")
            .under("export LISTEN_PID=$$; exec 3</dev/null")
            .run();

    assertThat(run.succeeded().text().replaceAll("\\s+", " ")).startsWith("1 1 0 1 2 3");
  }

  private static long ignored(List<String> status) {
    return status.stream()
        .filter(line -> line.startsWith("SigIgn:\t"))
        .mapToLong(line -> Long.parseLong(line.substring(8), 16))
        .findFirst()
        .orElseThrow();
  }
}
