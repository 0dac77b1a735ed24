package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import jontainers.conformance.Command.Outcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;

/// Podman runs its containers and pods on a runtime: docs/podman.md.
@EngineTest
class PodmanTest {
  private static @Nullable EngineFiles files;

  private final Subject subject;

  PodmanTest(Subject subject) {
    this.subject = subject;
  }

  @BeforeParameterizedClassInvocation
  static void loadImage(Subject subject) throws IOException {
    Programs.need("podman", "podman");
    Programs.need("conmon", "conmon");
    var made = EngineFiles.of(subject, "podman");
    files = made;
    var configuration = made.example("podman/containers.conf");
    // where root has not all rights, the limits of Podman's own defaults cannot be set
    Files.writeString(
        configuration,
        "default_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\n",
        StandardOpenOption.APPEND);
    podman("load", "-i", made.image().toString()).succeeded();
  }

  @AfterParameterizedClassInvocation
  static void removeStorage() throws IOException {
    var made = files;
    if (made != null) {
      podman("system", "reset", "--force").succeeded();
      Command.of("sh", "-c", "umount -l " + directory() + "/root/overlay 2>/dev/null; true").run();
      Orphans.reap();
      made.remove();
      files = null;
    }
  }

  @AfterEach
  void nothingRunsAnyMore() {
    podman("pod", "rm", "--all", "--force", "--time", "0").succeeded();
    podman("rm", "--all", "--force", "--time", "0").succeeded();
    podman("volume", "prune", "--force").succeeded();
    podman("umount", "--all").succeeded();
    Orphans.reap();
  }

  @Test
  void the_example_makes_it_the_default_runtime() {
    assertThat(podman("info", "--format", "{{.Host.OCIRuntime.Path}}").succeeded().text())
        .isEqualTo(subject.executable().orElseThrow().toString());
  }

  @Test
  void a_program_runs_to_its_end() {
    var run = run("--rm", "busybox", "sh", "-c", "echo out; echo errors >&2; exit 7");

    assertThat(run.out()).isEqualTo("out\n");
    assertThat(run.errors()).isEqualTo("errors\n");
    assertThat(run.code()).isEqualTo(7);
  }

  @Test
  void what_cannot_be_run_has_its_exit_code() {
    assertThat(run("--rm", "busybox", "nonesuch").code()).isEqualTo(127);
    assertThat(run("--rm", "busybox", "/nonesuch").code()).isEqualTo(127);
    assertThat(run("--rm", "busybox", "/etc").code()).isEqualTo(126);
    assertThat(run("--rm", "busybox", "sh", "-c", "kill -9 $$").code()).isIn(0, 137);
  }

  @Test
  void standard_input_arrives() {
    assertThat(command(words("run", "--rm", "-i", "busybox", "cat")).reading("typed").run().out())
        .isEqualTo("typed");
  }

  @Test
  void a_container_is_entered_logged_paused_and_stopped() {
    run(
            "--detach",
            "--name",
            "one",
            "busybox",
            "sh",
            "-c",
            "echo begun; trap 'exit 5' TERM; while :; do sleep 0.05; done")
        .succeeded();
    Await.answer("logs", () -> podman("logs", "one").out().equals("begun\n"));

    var exec =
        podman(
            "exec",
            "-e",
            "A=b",
            "-w",
            "/tmp",
            "-u",
            "7",
            "one",
            "sh",
            "-c",
            "echo $A; pwd; id -u; exit 3");
    assertThat(exec.out()).isEqualTo("b\n/tmp\n7\n");
    assertThat(exec.code()).isEqualTo(3);
    assertThat(podman("exec", "one", "nonesuch").code()).isEqualTo(127);
    assertThat(podman("top", "one", "pid", "comm").succeeded().out()).contains("sh");

    podman("pause", "one").succeeded();
    assertThat(status("one")).isEqualTo("paused");
    podman("unpause", "one").succeeded();
    assertThat(status("one")).isEqualTo("running");

    podman("stop", "one").succeeded();
    assertThat(inspect("one", "{{.State.Status}} {{.State.ExitCode}}")).isEqualTo("exited 5");
    podman("start", "one").succeeded();
    assertThat(status("one")).isEqualTo("running");
    podman("kill", "one").succeeded();
    assertThat(podman("wait", "one").succeeded().text()).isEqualTo("137");
  }

  /// `--isolation oci`: each step is a container of the runtime, with ambient capabilities that are
  /// not inheritable.
  @Test
  void an_image_is_built() throws IOException {
    var context = Files.createDirectory(directory().resolve("context"));
    Files.writeString(
        context.resolve("Dockerfile"),
        """
        FROM busybox
        RUN echo built >/built && mkdir -m 1777 /own
        USER 1000
        RUN id -u >/own/id && echo logged >/dev/stdout
        CMD ["cat", "/built", "/own/id"]
        """);

    var build =
        podman(
            "build",
            "--isolation",
            "oci",
            "--network",
            "none",
            "--ulimit",
            "nofile=1024:1024",
            "--ulimit",
            "nproc=4096:4096",
            "--tag",
            "mine",
            context.toString());

    assertThat(build.succeeded().out()).contains("logged");
    assertThat(run("--rm", "mine").succeeded().lines()).containsExactly("built", "1000");
  }

  @Test
  void a_detached_process_is_executed() {
    run("--detach", "--name", "one", "busybox", "sleep", "1000").succeeded();

    podman("exec", "--detach", "one", "sh", "-c", "echo made >/file").succeeded();

    Await.answer("the file", () -> podman("exec", "one", "cat", "/file").out().equals("made\n"));
  }

  @Test
  void a_terminal_is_allocated() {
    var run = run("--rm", "--tty", "busybox", "sh", "-c", "tty; test -t 1 && echo terminal");

    assertThat(run.succeeded().out().replace("\r", "")).isEqualTo("/dev/pts/0\nterminal\n");
  }

  @Test
  void a_pod_of_two_shares_its_loopback() {
    podman(
            "pod",
            "create",
            "--name",
            "pod",
            "--network",
            "none",
            "--infra-image",
            "busybox",
            "--infra-command",
            "/bin/sleep 1000")
        .succeeded();
    podman(
            words(
                    "run",
                    "--detach",
                    "--pod",
                    "pod",
                    "--name",
                    "server",
                    "busybox",
                    "sh",
                    "-c",
                    "echo listening; echo hello | nc -l -p 8080")
                .toArray(String[]::new))
        .succeeded();
    Await.answer("listening", () -> podman("logs", "server").out().contains("listening"));

    Await.answer(
        "an answer",
        () ->
            podman(
                    words("run", "--rm", "--pod", "pod", "busybox", "nc", "127.0.0.1", "8080")
                        .toArray(String[]::new))
                .out()
                .equals("hello\n"));

    podman("pod", "stop", "--time", "0", "pod").succeeded();
    assertThat(podman("pod", "inspect", "pod", "--format", "{{.State}}").text())
        .isEqualTo("Exited");
  }

  @Test
  void health_is_checked() {
    run(
            "--detach",
            "--name",
            "one",
            "--health-cmd",
            "test -e /healthy",
            "--health-interval",
            "disable",
            "--health-retries",
            "1",
            "busybox",
            "sleep",
            "1000")
        .succeeded();

    assertThat(podman("healthcheck", "run", "one").code()).isEqualTo(1);
    podman("exec", "one", "touch", "/healthy").succeeded();
    assertThat(podman("healthcheck", "run", "one").code()).isZero();
  }

  @Test
  void volumes_keep_what_is_written() throws IOException {
    var bound = Files.createDirectories(directory().resolve("bound"));
    run(
            "--rm",
            "-v",
            "data:/data",
            "-v",
            bound + ":/bound",
            "busybox",
            "sh",
            "-c",
            "echo kept >/data/file; echo kept >/bound/file")
        .succeeded();

    assertThat(
            run(
                    "--rm",
                    "-v",
                    "data:/data:ro",
                    "busybox",
                    "sh",
                    "-c",
                    "cat /data/file; touch /data/x")
                .out())
        .isEqualTo("kept\n");
    assertThat(bound.resolve("file")).hasContent("kept");
  }

  @Test
  void limits_are_kept() {
    run(
            "--detach",
            "--name",
            "one",
            "--memory",
            "64m",
            "--pids-limit",
            "50",
            "--cpus",
            "0.5",
            "busybox",
            "sleep",
            "1000")
        .succeeded();

    assertThat(
            run(
                    "--rm",
                    "--memory",
                    "64m",
                    "busybox",
                    "cat",
                    "/sys/fs/cgroup/memory/memory.limit_in_bytes")
                .succeeded()
                .text())
        .isEqualTo("67108864");
    assertThat(podman("exec", "one", "cat", "/sys/fs/cgroup/pids/pids.max").succeeded().text())
        .isEqualTo("50");
  }

  @Test
  void a_user_namespace_is_mapped() {
    var run =
        run(
            "--rm",
            "--uidmap",
            "0:100000:65536",
            "--gidmap",
            "0:100000:65536",
            "busybox",
            "sh",
            "-c",
            "id -u; cat /proc/self/uid_map");

    assertThat(run.succeeded().text().replaceAll(" +", " ")).isEqualTo("0\n 0 100000 65536");
  }

  @Test
  void privileged_and_readonly_are_what_they_say() {
    assertThat(run("--rm", "--read-only", "busybox", "touch", "/x").errors()).contains("Read-only");
    assertThat(
            run(
                    "--rm",
                    "--privileged",
                    "busybox",
                    "sh",
                    "-c",
                    "ls /dev | wc -l; mount -t tmpfs x /tmp && echo mounted")
                .succeeded()
                .out())
        .contains("mounted");
  }

  private static Outcome run(String... words) {
    return podman(words("run", words).toArray(String[]::new));
  }

  private static List<String> words(String verb, String... words) {
    var all = new ArrayList<>(List.of(verb));
    if (List.of(words).stream().noneMatch(word -> word.equals("--pod"))) {
      all.addAll(List.of("--network", "none"));
    }
    all.addAll(List.of(words));
    return all;
  }

  private static String status(String name) {
    return inspect(name, "{{.State.Status}}");
  }

  private static String inspect(String name, String format) {
    return podman("inspect", name, "--format", format).succeeded().text();
  }

  private static Outcome podman(String... words) {
    return command(List.of(words)).run();
  }

  private static Command command(List<String> words) {
    var all =
        new ArrayList<>(
            List.of(
                "podman",
                "--root",
                directory().resolve("root").toString(),
                "--runroot",
                directory().resolve("runroot").toString(),
                "--tmpdir",
                directory().resolve("tmp").toString(),
                "--storage-driver",
                "vfs"));
    all.addAll(words);
    return Command.of(all)
        .with("CONTAINERS_CONF", directory().resolve("containers.conf").toString())
        .with("HOME", directory().toString());
  }

  private static Path directory() {
    return Objects.requireNonNull(files).directory();
  }
}
