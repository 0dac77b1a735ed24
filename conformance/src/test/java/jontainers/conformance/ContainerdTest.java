package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import jontainers.conformance.Command.Outcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;

/// containerd runs its containers on a runtime: docs/containerd.md.
@EngineTest
class ContainerdTest {
  private static @Nullable EngineFiles files;
  private static @Nullable Daemon daemon;
  private static int containers;

  private final Subject subject;

  ContainerdTest(Subject subject) {
    this.subject = subject;
  }

  @BeforeParameterizedClassInvocation
  static void startContainerd(Subject subject) throws IOException {
    Programs.need("containerd", "containerd");
    Programs.need("ctr", "containerd");
    var made = EngineFiles.of(subject, "containerd");
    files = made;
    var directory = made.directory();
    daemon =
        Daemon.start(
            directory.resolve("log"),
            "containerd successfully booted",
            List.of(
                "containerd",
                "--config",
                made.example("containerd/config.toml").toString(),
                "--root",
                directory.resolve("root").toString(),
                "--state",
                directory.resolve("state").toString(),
                "--address",
                socket()));
    ctr("images", "import", made.image().toString()).succeeded();
  }

  @AfterParameterizedClassInvocation
  static void stopContainerd() throws IOException {
    if (daemon != null) {
      daemon.close();
      daemon = null;
    }
    if (files != null) {
      files.remove();
      files = null;
    }
  }

  @AfterEach
  void nothingRunsAnyMore() {
    var left = ctr("containers", "list", "-q").lines();
    for (String id : left) {
      ctr("task", "delete", "--force", id);
      ctr("containers", "delete", id).succeeded();
    }
    Orphans.reap(); // the shims end by themselves
    assertThat(left).isEmpty();
  }

  /// The example is what the plugin for Kubernetes reads.
  @Test
  void the_example_configures_the_runtime_handler() {
    assertThat(
            Command.of(
                    "containerd",
                    "--config",
                    directory().resolve("config.toml").toString(),
                    "config",
                    "dump")
                .run()
                .succeeded()
                .out())
        .contains("runtimes.jontainers.options]")
        .contains("BinaryName = \"" + subject.executable().orElseThrow() + "\"");
  }

  @Test
  void a_program_runs_to_its_end() {
    var run = run("--rm", List.of(), "sh", "-c", "echo out; exit 7");

    assertThat(run.out()).isEqualTo("out\n");
    assertThat(run.code()).isEqualTo(7);
  }

  @Test
  void a_missing_program_is_an_error() {
    var run = run("--rm", List.of(), "nonesuch");

    assertThat(run.code()).isNotZero();
    assertThat(run.errors()).contains("executable file not found in $PATH");
  }

  @Test
  void a_detached_container_is_entered_killed_and_deleted() {
    String id = id();
    run(id, "--detach", List.of(), "sleep", "1000").succeeded();

    assertThat(ctr("task", "exec", "--exec-id", "one", id, "sh", "-c", "echo in; exit 3"))
        .satisfies(exec -> assertThat(exec.out()).isEqualTo("in\n"))
        .satisfies(exec -> assertThat(exec.code()).isEqualTo(3));
    assertThat(ctr("task", "ps", id).succeeded().lines()).hasSize(2);
    ctr("task", "pause", id).succeeded();
    assertThat(ctr("task", "list").out()).containsPattern(id + " +\\d+ +PAUSED");
    ctr("task", "resume", id).succeeded();
    assertThat(ctr("task", "metrics", id).succeeded().out()).contains("pids.current");
    ctr("task", "kill", "--signal", "SIGKILL", id).succeeded();
    Await.answer("stopped", () -> ctr("task", "list").out().contains("STOPPED"));
    ctr("task", "delete", id).succeeded();
    ctr("containers", "delete", id).succeeded();
  }

  @Test
  void a_running_task_is_deleted_by_force() {
    String id = id();
    run(id, "--detach", List.of(), "sleep", "1000").succeeded();

    ctr("task", "delete", "--force", id);
    ctr("containers", "delete", id).succeeded();
  }

  /// The terminal that ctr needs is made by script(1).
  @Test
  void a_container_has_a_terminal() {
    Programs.need("script", "bsdutils");
    var words = new ArrayList<String>();
    ctrWords(
            "run",
            "--rm",
            "--tty",
            "--runc-binary",
            subject.executable().orElseThrow().toString(),
            Image.NAME,
            id(),
            "sh",
            "-c",
            "'tty; echo done'")
        .forEach(words::add);

    var run = Command.inTerminal(String.join(" ", words)).run();

    assertThat(run.out().replace("\r", "")).contains("/dev/pts/0\ndone\n");
    assertThat(run.code()).isZero();
  }

  @Test
  void limits_are_kept() {
    String id = id();
    run(id, "--detach", List.of("--memory-limit", "67108864"), "sleep", "1000").succeeded();

    assertThat(Path.of("/sys/fs/cgroup/memory/default", id, "memory.limit_in_bytes"))
        .hasContent("67108864");
    ctr("task", "delete", "--force", id);
    ctr("containers", "delete", id).succeeded();
  }

  @Test
  void twenty_containers_run_at_once() {
    var runs =
        IntStream.range(0, 20)
            .mapToObj(i ->
                CompletableFuture.supplyAsync(
                    () -> run("--rm", List.of(), "echo", "number " + i), Thread.ofVirtual()::start))
            .toList();

    for (int i = 0; i < 20; i++) {
      assertThat(runs.get(i).join().succeeded().out()).isEqualTo("number " + i + "\n");
    }
  }

  private Outcome run(String mode, List<String> options, String... program) {
    return run(id(), mode, options, program);
  }

  private Outcome run(String id, String mode, List<String> options, String... program) {
    var words =
        new ArrayList<>(
            List.of("run", mode, "--runc-binary", subject.executable().orElseThrow().toString()));
    words.addAll(options);
    words.add(Image.NAME);
    words.add(id);
    words.addAll(List.of(program));
    return ctr(words.toArray(String[]::new));
  }

  private static synchronized String id() {
    return "c" + ++containers;
  }

  private static Outcome ctr(String... words) {
    return Command.of(ctrWords(words)).run();
  }

  private static List<String> ctrWords(String... words) {
    var all = new ArrayList<>(List.of("ctr", "--address", socket()));
    all.addAll(List.of(words));
    return all;
  }

  private static String socket() {
    return directory().resolve("sock").toString();
  }

  private static Path directory() {
    return Objects.requireNonNull(files).directory();
  }
}
