package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import jontainers.conformance.Command.Outcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;

/// dockerd runs its containers on a runtime: docs/docker.md.
@EngineTest
class DockerTest {
  private static @Nullable Dockerd started;

  private final Subject subject;

  DockerTest(Subject subject) {
    this.subject = subject;
  }

  @BeforeParameterizedClassInvocation
  static void startDocker(Subject subject) throws IOException {
    started = Dockerd.start(subject, "--bridge=none", "--iptables=false", "--ip6tables=false");
  }

  @AfterParameterizedClassInvocation
  static void stopDocker() throws IOException {
    if (started != null) {
      started.close();
      started = null;
    }
  }

  private static Dockerd docker() {
    return Objects.requireNonNull(started);
  }

  @AfterEach
  void nothingRunsAnyMore() {
    docker().removeContainers();
  }

  @Test
  void the_example_makes_it_the_default_runtime() throws IOException {
    assertThat(
            docker()
                .docker(
                    "info",
                    "--format",
                    "{{.DefaultRuntime}} {{range $n, $r := .Runtimes}}{{$n}} {{end}}")
                .succeeded()
                .text())
        .startsWith("jontainers ")
        .contains("runc");
    assertThat(docker().configuration()).contains(subject.executable().orElseThrow().toString());
  }

  @Test
  void a_program_runs_to_its_end() {
    var run = run("--rm", "busybox", "sh", "-c", "echo out; echo errors >&2; exit 7");

    assertThat(run.out()).isEqualTo("out\n");
    assertThat(run.errors()).isEqualTo("errors\n");
    assertThat(run.code()).isEqualTo(7);
  }

  @Test
  void the_runtime_can_be_named() {
    assertThat(run("--rm", "--runtime", "jontainers", "busybox", "echo", "named").succeeded().out())
        .isEqualTo("named\n");
  }

  @Test
  void what_cannot_be_run_has_its_exit_code() {
    assertThat(run("busybox", "nonesuch").code()).isEqualTo(127);
    assertThat(run("busybox", "/nonesuch").code()).isEqualTo(127);
    assertThat(run("busybox", "/etc").code()).isEqualTo(126);
    assertThat(run("busybox", "/etc/passwd").code()).isEqualTo(126);
    assertThat(run("busybox", "sh", "-c", "sh -c 'kill -9 $$'; exit $?").code()).isEqualTo(137);
  }

  @Test
  void a_container_is_entered_paused_updated_and_stopped() {
    run(
            "--detach",
            "--name",
            "one",
            "busybox",
            "sh",
            "-c",
            "echo begun; trap 'exit 5' TERM; while :; do sleep 0.05; done")
        .succeeded();
    Await.answer("logs", () -> docker().docker("logs", "one").out().equals("begun\n"));

    var exec =
        docker()
            .docker(
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
    assertThat(docker().docker("exec", "one", "nonesuch").code()).isIn(126, 127);
    assertThat(docker().docker("top", "one").succeeded().out()).contains("sh -c");

    docker().docker("pause", "one").succeeded();
    assertThat(docker().inspect("one", "{{.State.Status}}")).isEqualTo("paused");
    docker().docker("unpause", "one").succeeded();

    docker()
        .docker("update", "--memory", "64m", "--memory-swap", "-1", "--cpus", "0.25", "one")
        .succeeded();
    assertThat(
            docker()
                .docker("exec", "one", "cat", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
                .succeeded()
                .text())
        .isEqualTo("67108864");
    assertThat(
            docker()
                .docker("stats", "--no-stream", "--format", "{{.PIDs}}", "one")
                .succeeded()
                .text())
        .matches("[1-9]\\d*");

    docker().docker("stop", "one").succeeded();
    assertThat(docker().inspect("one", "{{.State.Status}} {{.State.ExitCode}}"))
        .isEqualTo("exited 5");
    docker().docker("start", "one").succeeded();
    docker().docker("restart", "--time", "0", "one").succeeded();
    assertThat(docker().inspect("one", "{{.State.Running}}")).isEqualTo("true");
    docker().docker("kill", "one").succeeded();
    assertThat(docker().docker("wait", "one").succeeded().text()).isEqualTo("137");
  }

  @Test
  void an_init_reaps_and_passes_signals_on() {
    run(
            "--detach",
            "--init",
            "--name",
            "one",
            "busybox",
            "sh",
            "-c",
            "trap 'exit 4' TERM; echo $$; while :; do sleep 0.05; done")
        .succeeded();
    Await.answer("logs", () -> !docker().docker("logs", "one").out().isEmpty());

    assertThat(docker().docker("logs", "one").out()).isNotEqualTo("1\n");
    docker().docker("stop", "one").succeeded();
    assertThat(docker().inspect("one", "{{.State.ExitCode}}")).isIn("4", "143");
  }

  @Test
  void a_terminal_is_allocated() {
    Programs.need("script", "bsdutils");
    var words =
        String.join(
            " ",
            docker()
                .command(
                    "run",
                    "--rm",
                    "-it",
                    "--network",
                    "none",
                    "busybox",
                    "sh",
                    "-c",
                    "'tty; stty size; exit 7'")
                .words());

    var run =
        Command.inTerminal("stty rows 21 cols 55; " + words)
            .with("HOME", docker().directory().toString())
            .run();

    assertThat(run.out().replace("\r", "")).contains("/dev/pts/0\n");
    assertThat(run.code()).isEqualTo(7);
  }

  @Test
  void standard_input_arrives() {
    assertThat(
            docker()
                .command("run", "--rm", "-i", "--network", "none", "busybox", "cat")
                .reading("typed")
                .run()
                .out())
        .isEqualTo("typed");
  }

  @Test
  void a_container_that_ends_is_started_again() {
    run(
            "--detach",
            "--restart",
            "on-failure:2",
            "--name",
            "one",
            "busybox",
            "sh",
            "-c",
            "echo again; exit 1")
        .succeeded();

    Await.answer(
        "two restarts", () -> docker().docker("logs", "one").out().equals("again\nagain\nagain\n"));
    Await.answer(
        "the end",
        () -> docker().inspect("one", "{{.State.Status}} {{.RestartCount}}").equals("exited 2"));
  }

  /// The steps of a build run on the runtime, too.
  @Test
  void an_image_is_built() throws IOException {
    var context = Files.createDirectories(docker().directory().resolve("context"));
    Files.writeString(context.resolve("file"), "copied\n");
    Files.writeString(
        context.resolve("Dockerfile"),
        """
        FROM busybox
        COPY file /file
        RUN echo built >>/file && id -u >>/file
        CMD cat /file
        """);

    docker().docker("build", "--network", "none", "--tag", "mine", context.toString()).succeeded();

    assertThat(run("--rm", "mine").succeeded().out()).isEqualTo("copied\nbuilt\n0\n");
  }

  @Test
  void volumes_keep_what_is_written() {
    run("--rm", "-v", "data:/data", "busybox", "sh", "-c", "echo kept >/data/file").succeeded();

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
    docker().docker("volume", "rm", "data").succeeded();
  }

  @Test
  void want_of_memory_is_told() {
    run("--name", "one", "--memory", "16m", "busybox", "sh", "-c", "x=a; while :; do x=$x$x; done");

    assertThat(docker().inspect("one", "{{.State.OOMKilled}} {{.State.ExitCode}}"))
        .isEqualTo("true 137");
  }

  /// The default profile, capabilities and paths are those of the daemon.
  @Test
  void a_container_is_confined() {
    var seen =
        run(
            "--rm",
            "busybox",
            "sh",
            "-c",
            "grep -E '^(CapEff|Seccomp):' /proc/self/status; mount -t tmpfs x /tmp; cat /proc/timer_list; readlink /proc/self/ns/net");

    assertThat(seen.out()).contains("CapEff:\t00000000a80425fb", "Seccomp:\t2");
    assertThat(seen.errors()).contains("permission denied");
  }

  @Test
  void a_container_joins_the_pid_namespace_of_another() {
    run("--detach", "--name", "one", "busybox", "sleep", "1000").succeeded();
    run("--detach", "--name", "two", "--pid", "container:one", "busybox", "sleep", "1000")
        .succeeded();

    assertThat(docker().docker("exec", "two", "sh", "-c", "echo /proc/[0-9]*").succeeded().text())
        .contains("/proc/1 ");
    assertThat(docker().docker("ps", "--quiet").lines()).hasSize(2);
  }

  private static Outcome run(String... words) {
    var all = new ArrayList<>(List.of("run", "--network", "none"));
    all.addAll(List.of(words));
    return docker().docker(all.toArray(String[]::new));
  }
}
