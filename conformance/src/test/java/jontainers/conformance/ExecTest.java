package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.ConformanceTest;

/// oci-cli: `exec`, which the specification does not know and every engine uses.
@ConformanceTest
class ExecTest {
  @OnEachRuntime
  void a_program_is_executed_in_the_container(Container container) {
    container.up();

    var exec =
        container
            .executing(List.of(), "sh", "-c", "cat; hostname; echo e >&2; exit 5")
            .reading("in ")
            .run();

    assertThat(exec.out()).isEqualTo("in box\n");
    assertThat(exec.errors()).isEqualTo("e\n");
    assertThat(exec.code()).isEqualTo(5);
  }

  @OnEachRuntime
  void it_is_in_all_namespaces_and_the_root(Container container) throws IOException {
    container.up();
    String seen =
        container
            .exec(
                "sh", "-c", "cd /proc/self/ns; for n in mnt pid net uts ipc; do readlink $n; done")
            .text();

    var expected = new java.util.ArrayList<String>();
    for (String namespace : List.of("mnt", "pid", "net", "uts", "ipc")) {
      expected.add(Files.readSymbolicLink(container.proc("ns/" + namespace)).toString());
    }
    assertThat(seen.lines()).isEqualTo(expected.stream().toList());
    assertThat(container.exec("ls", "-d", "/bin/busybox").succeeded().text())
        .isEqualTo("/bin/busybox");
  }

  /// Arguments and variables are the caller's in every locale.
  @OnEachRuntime
  void text_goes_through_in_every_locale(Container container) throws IOException {
    goesThrough(container, "a\\303\\274", "61 c3 bc");
  }

  @OnEachRuntime(differs = "runc 1.1, 1.3: U+FFFD, since its process goes through JSON")
  void what_is_no_utf_8_goes_through(Container container) throws IOException {
    goesThrough(container, "a\\377\\303\\274", "61 ff c3 bc");
  }

  private static void goesThrough(Container container, String octal, String hex)
      throws IOException {
    container.up();
    String script = "echo \"$1$A\" | /bin/busybox od -An -tx1";
    String call =
        container
            .executing(List.of("-e", "A=RAW"), "/bin/sh", "-c", script, "sh", "RAW")
            .words()
            .stream()
            .map(word -> "'" + word.replace("'", "'\\''").replace("RAW", "'\"$X\"'") + "'")
            .collect(java.util.stream.Collectors.joining(" "));
    for (String locale :
        List.of("LC_ALL=C", "LC_ALL=POSIX", "LC_ALL=C.UTF-8", "-u LC_ALL -u LANG")) {
      var run =
          Command.of("sh", "-c", "X=$(printf '" + octal + "'); exec env " + locale + " " + call);

      assertThat(run.run().succeeded().text().strip())
          .as(locale)
          .isEqualTo(hex + " " + hex + " 0a");
    }
  }

  /// The process of exec is confined as the first one is.
  @OnEachRuntime(differs = "crun 1.8, 1.28: is root unless told otherwise")
  void it_has_the_containers_identity(Container container) throws IOException {
    container
        .setObject("process.user", "uid", 12, "gid", 34, "additionalGids", List.of(56))
        .set("process.cwd", "/tmp")
        .set("process.env", List.of("PATH=/bin", "A=b"))
        .up();
    String script =
        "id -u; id -g; pwd; echo $A; grep -E '^(Groups|Cap|NoNewPrivs|Seccomp:|Umask)' /proc/self/status";
    String exec = container.exec("sh", "-c", script).text();
    String first =
        container
            .exec("sh", "-c", "grep -E '^(Groups|Cap|NoNewPrivs|Seccomp:|Umask)' /proc/1/status")
            .text();

    assertThat(exec).startsWith("12\n34\n/tmp\nb\n").endsWith(first);
  }

  /// oci-cli: `-e`, `--cwd`, `-u`
  @OnEachRuntime(differs = "crun 1.8: -e takes the other variables away")
  void options_change_environment_directory_and_user(Container container) {
    container.up();

    assertThat(
            container
                .executing(
                    List.of("-e", "A=1", "-e", "B=2 3", "--cwd", "/tmp", "--user", "7:8"),
                    "sh",
                    "-c",
                    "echo $A $B; pwd; id -u; id -g")
                .run()
                .succeeded()
                .text())
        .isEqualTo("1 2 3\n/tmp\n7\n8");
  }

  /// oci-cli: `-g`
  @OnEachRuntime(differs = "crun 1.8, 1.28: no additional groups")
  void groups_are_added(Container container) {
    container.up();

    assertThat(
            container
                .executing(
                    List.of("-u", "7", "-g", "20", "-g", "30"),
                    "grep",
                    "^Groups",
                    "/proc/self/status")
                .run()
                .succeeded()
                .text()
                .strip())
        .isEqualTo("Groups:\t20 30");
  }

  /// oci-cli: `--cap`, `--no-new-privs`
  @OnEachRuntime(differs = "crun 1.8, 1.28: gives those alone")
  void capabilities_are_added(Container container) {
    container.set("process.noNewPrivileges", false).up();

    assertThat(container.exec("grep", "NoNewPrivs", "/proc/self/status").text()).endsWith("0");
    assertThat(
            container
                .executing(
                    List.of("--cap", "CAP_SYS_ADMIN", "--no-new-privs"),
                    "grep",
                    "-E",
                    "^(CapEff|NoNewPrivs)",
                    "/proc/self/status")
                .run()
                .succeeded()
                .text())
        .isEqualTo("CapEff:\t0000000020200420\nNoNewPrivs:\t1");
  }

  /// CVE-2022-24769, CVE-2022-29162: nothing becomes inheritable
  @OnEachRuntime
  void added_capabilities_are_not_inheritable(Container container) {
    container.up();

    assertThat(
            container
                .executing(
                    List.of("--cap", "CAP_SYS_ADMIN"),
                    "grep",
                    "-E",
                    "^(CapInh|CapAmb)",
                    "/proc/self/status")
                .run()
                .succeeded()
                .text())
        .isEqualTo("CapInh:\t0000000000000000\nCapAmb:\t0000000000000000");
  }

  /// oci-cli: `--process FILE`
  @OnEachRuntime(differs = "runc 1.1, 1.3: leaves the umask")
  void a_file_describes_the_process(Container container) throws IOException {
    container.up();
    var process =
        process(
            container,
            "sh",
            "-c",
            "id -u; pwd; env | grep -E ^[PX].*= | grep -v PWD | sort; umask");

    assertThat(container.command("exec", "--process", process.toString()).run().succeeded().text())
        .isEqualTo("5\n/etc\nPATH=/bin\nX=y\n0077");
  }

  /// oci-cli: with `--detach` the pid file is there when exec returns, and the process is the
  /// caller's subreaper's
  @OnEachRuntime
  void a_detached_process_has_a_pid_file(Container container) throws IOException {
    container.up();
    var pidFile = container.bundle().resolve("exec.pid");
    container
        .kept(
            container.executing(
                List.of("--detach", "--pid-file", pidFile.toString()),
                "sh",
                "-c",
                "echo detached; exit 6"))
        .succeeded();

    int pid = Integer.parseInt(Files.readString(pidFile));
    container.await("detached");
    assertThat(Orphans.await(pid)).isEqualTo(6);
  }

  /// oci-cli: a relative pid file is the caller's
  @OnEachRuntime
  void a_relative_pid_file_is_below_the_callers_directory(Container container) throws IOException {
    container.up();
    container
        .kept(
            container
                .executing(List.of("--detach", "--pid-file", "exec.pid"), "sleep", "1000")
                .in(container.bundle()))
        .succeeded();

    assertThat(
            ProcessHandle.of(
                Long.parseLong(Files.readString(container.bundle().resolve("exec.pid")))))
        .isPresent();
  }

  /// oci-cli: failures of exec exit with 255
  @OnEachRuntime(differs = {"crun 1.8, 1.28: 1", "runc 1.3: \"is a directory\""})
  void a_program_that_is_missing_is_255(Container container) {
    container.up();
    var missing = container.exec("nonesuch");

    assertThat(missing.code()).isEqualTo(255);
    assertThat(missing.errors().replace("\\", ""))
        .contains("exec failed: ")
        .contains("exec: \"nonesuch\": executable file not found in $PATH");
    assertThat(container.exec("/nonesuch").errors()).contains("no such file or directory");
    assertThat(container.exec("/etc").errors()).contains("permission denied");
  }

  /// oci-cli: engines read it in the log; with `--detach` the failure is told, too
  @OnEachRuntime
  void a_detached_program_that_is_missing_is_an_error(Container container) throws IOException {
    container.up();
    var process = process(container, "nonesuch");

    var exec =
        container.kept(container.command("exec", "--detach", "--process", process.toString()));

    assertThat(exec.code()).isNotZero();
    assertThat(exec.errors())
        .containsPattern("(?i)executable file .*not found in|no such file or directory");
  }

  @OnEachRuntime
  void a_stopped_container_executes_nothing(Container container) {
    container.up().end();

    assertThat(container.exec("true").code()).isNotZero();
  }

  /// oci-cli: the text
  @OnEachRuntime(differs = "crun 1.8, 1.28: \"the container ... is not running\"")
  void the_error_for_a_stopped_container_is_runcs(Container container) {
    container.up().end();

    var exec = container.exec("true");

    assertThat(exec.errors()).contains("cannot exec in a stopped container");
    assertThat(exec.code()).isEqualTo(255);
  }

  /// A created container has its namespaces; runc executes in it.
  @OnEachRuntime
  void a_created_container_can_be_entered(Container container) {
    container.create();

    assertThat(container.exec("hostname").succeeded().text()).isEqualTo("box");
  }

  @OnEachRuntime
  void a_signal_of_the_program_is_128_more(Container container) {
    container.up();

    assertThat(container.exec("sh", "-c", "kill -9 $$").code()).isEqualTo(137);
  }

  /// oci-cli: `--preserve-fds`
  @OnEachRuntime
  void descriptors_are_preserved_if_asked(Container container) {
    container.up();

    assertThat(
            container
                .executing(
                    List.of("--preserve-fds", "1"), "sh", "-c", "cat <&3; ls /proc/$$/fd; true")
                .under("exec 3</etc/hostname 4</dev/null")
                .run()
                .succeeded()
                .text()
                .replaceAll("\\s+", " "))
        .endsWith(" 0 1 2 3");
  }

  @OnEachRuntime
  void no_descriptor_is_open_beside_the_streams(Container container) {
    container.up();

    assertThat(
            container
                .executing(List.of(), "sh", "-c", "ls /proc/$$/fd; true")
                .under("exec 3</ 4</etc/passwd")
                .run()
                .succeeded()
                .text()
                .replaceAll("\\s+", " "))
        .isEqualTo("0 1 2");
  }

  /// oci-cli: `ps`
  @OnEachRuntime
  void the_processes_are_listed(Container container) {
    container.up();
    int pid = container.pid();

    assertThat(
            container
                .command("ps", "--format", "json")
                .run()
                .succeeded()
                .text()
                .replaceAll("\\s", ""))
        .isEqualTo("[" + pid + "]");
  }

  /// oci-cli: the header of ps(1), and its arguments
  @OnEachRuntime(differs = "crun 1.8, 1.28: numbers alone")
  void the_table_of_processes_is_that_of_ps(Container container) {
    Programs.need("ps", "procps");
    container.up();

    var table = container.command("ps").run().succeeded().lines();
    assertThat(table.getFirst().strip().split(" +"))
        .containsExactly("UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD");
    assertThat(table).hasSize(2);
    assertThat(table.getLast()).contains(" " + container.pid() + " ").endsWith("sleep 1000");

    assertThat(container.plain("ps", container.id(), "-o", "pid,comm").run().succeeded().text())
        .contains("sleep");
  }

  private static Path process(Container container, String... args) throws IOException {
    return Files.writeString(
        container.bundle().resolve("process.json"),
        Json.parse("{}")
            .set("args", List.of(args))
            .set("cwd", "/etc")
            .set("env", List.of("PATH=/bin", "X=y"))
            .set("user", Json.object("uid", 5, "gid", 6, "umask", 63))
            .toString());
  }
}
