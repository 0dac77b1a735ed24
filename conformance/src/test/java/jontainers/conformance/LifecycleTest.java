package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import jontainers.testkit.ConformanceTest;

/// runtime.md: the operations, and what each may do in which state.
@ConformanceTest
class LifecycleTest {
  /// runtime#create: `process.args` is not applied before `start`
  @OnEachRuntime
  void create_does_not_run_the_program(Container container) {
    container.script("echo ran").create();

    assertThat(container.status()).isEqualTo("created");
    assertThat(container.output()).isEmpty();
    container.start().await("ran");
  }

  /// runtime#create: an id that is taken is an error, and no container is made
  @OnEachRuntime
  void an_id_that_is_taken_is_refused(Container container) {
    container.up();
    int pid = container.pid();

    var second = container.creating().run();

    assertThat(second.code()).isEqualTo(1);
    assertThat(second.errors()).contains("exist");
    assertThat(container.pid()).isEqualTo(pid);
    assertThat(container.status()).isEqualTo("running");
  }

  /// runtime#create: ids of other characters are errors
  @OnEachRuntime(differs = "crun 1.8: takes any id without a slash")
  void an_id_with_other_characters_is_refused(Container container) throws IOException {
    container.running().run().succeeded();
    for (String id : List.of("a/b", "..", "../x", "a b", "", "a\nb")) {
      var created = container.plain("create", "--bundle", container.bundle().toString(), id).run();

      assertThat(created.code()).as(id).isEqualTo(1);
      assertThat(created.errors()).as(id).isNotBlank();
    }
  }

  /// runtime#create: an id is required
  @OnEachRuntime
  void create_without_an_id_is_refused(Container container) {
    container.running().run().succeeded();

    assertThat(container.plain("create", "--bundle", container.bundle().toString()).run().code())
        .isNotZero();
  }

  /// runtime#create: a bundle without config.json is an error
  @OnEachRuntime
  void a_bundle_without_a_configuration_is_refused(Container container) throws IOException {
    var empty = Files.createDirectory(container.bundle().resolve("empty"));

    var created = container.command("create", "--bundle", empty.toString()).run();

    assertThat(created.code()).isEqualTo(1);
    assertThat(created.errors()).contains("config.json");
    assertThat(container.command("state").run().code()).isEqualTo(1);
  }

  /// runtime#create: a configuration that cannot be applied makes no container and leaves nothing
  @OnEachRuntime
  void a_create_that_fails_leaves_nothing(Container container) throws IOException {
    container.bind(Path.of("/nonexistent"), "/mnt");

    var created = container.tryCreate();

    assertThat(created.code()).isEqualTo(1);
    assertThat(container.command("state").run().code()).isEqualTo(1);
    assertThat(container.cgroup("memory")).doesNotExist();
    container.config().objects("mounts").removeLast();
    container.create();
    assertThat(container.status()).isEqualTo("created");
  }

  /// runtime#lifecycle: config.json is read by `create` and by nothing after it
  @OnEachRuntime
  void what_is_changed_after_create_has_no_effect(Container container) throws IOException {
    container.script("echo first").create();
    Files.writeString(container.bundle().resolve("config.json"), "{}");

    container.start().await("first");
  }

  /// runtime#start: the program is run
  @OnEachRuntime
  void start_runs_the_program(Container container) {
    container.up();

    assertThat(container.status()).isEqualTo("running");
  }

  /// runtime#start: a container that runs is not started, which has no effect on it
  @OnEachRuntime
  void a_running_container_is_not_started_again(Container container) {
    container.up();

    var again = container.command("start").run();

    assertThat(again.code()).isEqualTo(1);
    assertThat(container.status()).isEqualTo("running");
  }

  /// oci-cli: the text of that error
  @OnEachRuntime(differs = "crun 1.8, 1.28: \"container is not in created state\"")
  void the_error_of_a_second_start_is_runcs(Container container) {
    container.up();

    assertThat(container.command("start").run().errors())
        .contains("cannot start an already running container");
  }

  /// runtime#start: a container that has stopped is not started
  @OnEachRuntime(differs = "crun 1.8, 1.28: \"container is not in created state\"")
  void a_stopped_container_is_not_started(Container container) {
    container.up().end();

    var again = container.command("start").run();

    assertThat(again.code()).isEqualTo(1);
    assertThat(again.errors()).contains("cannot start a container that has stopped");
    assertThat(container.status()).isEqualTo("stopped");
  }

  /// runtime#operations: an unknown id is an error of every operation, with the word that callers
  /// look for
  @OnEachRuntime(differs = "crun 1.8, 1.28: \"No such file or directory\"")
  void an_unknown_container_is_an_error(Container container) {
    for (String verb : List.of("start", "state", "kill", "delete", "pause", "resume", "ps")) {
      var answer = container.command(verb).run();

      assertThat(answer.code()).as(verb).isEqualTo(1);
      assertThat(answer.errors()).as(verb).contains("does not exist");
    }
  }

  /// runtime#operations: an id is required
  @OnEachRuntime
  void an_operation_without_an_id_is_an_error(Container container) {
    for (String verb : List.of("start", "state", "kill", "delete", "exec")) {
      assertThat(container.plain(verb).run().code()).as(verb).isNotZero();
    }
  }

  /// runtime#kill: the signal is sent to the container's process
  @OnEachRuntime
  void kill_sends_the_signal(Container container) {
    container.script("trap 'echo got it; exit 3' USR1; echo ready; while :; do sleep 0.01; done");
    container.create().start().await("ready");
    int pid = container.pid();

    container.kill("USR1").succeeded();

    container.await("got it");
    assertThat(Orphans.await(pid)).isEqualTo(3);
  }

  /// oci-cli: signals by name, by name with SIG, by number
  @OnEachRuntime
  void a_signal_has_three_spellings(Container container) {
    container.script(
        "trap 'echo HUP' HUP; trap 'echo INT' INT; trap 'echo USR2' USR2; echo ready;"
            + " while :; do sleep 0.01; done");
    container.create().start().await("ready");

    container.kill("HUP").succeeded();
    container.await("HUP\n");
    container.kill("SIGINT").succeeded();
    container.await("INT\n");
    container.kill("12").succeeded();
    container.await("USR2\n");
  }

  /// oci-cli: SIGTERM is the default
  @OnEachRuntime
  void kill_without_a_signal_sends_sigterm(Container container) {
    container.script("trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done");
    container.create().start().await("ready");
    int pid = container.pid();

    container.kill().succeeded();

    assertThat(Orphans.await(pid)).isEqualTo(9);
  }

  @OnEachRuntime(differs = "crun 1.8: says so and exits with 0")
  void an_unknown_signal_is_an_error(Container container) {
    container.up();

    var killed = container.kill("BOGUS");

    assertThat(killed.code()).isEqualTo(1);
    assertThat(killed.errors()).contains("BOGUS");
    assertThat(container.status()).isEqualTo("running");
  }

  /// runtime#kill: a created container takes signals, too
  @OnEachRuntime
  void a_created_container_is_killed(Container container) {
    container.create();

    assertThat(container.end()).isEqualTo(128 + 9);
    assertThat(container.status()).isEqualTo("stopped");
  }

  /// runtime#kill: one that is neither created nor running gives an error; containerd and podman
  /// look for these words
  @OnEachRuntime(differs = "crun 1.8, 1.28: \"kill container: No such process\"")
  void a_stopped_container_cannot_be_killed(Container container) {
    container.up().end();

    var killed = container.kill("KILL");

    assertThat(killed.code()).isEqualTo(1);
    assertThat(killed.errors()).contains("container not running");
  }

  /// oci-cli: `kill --all` reaches all processes, in a pid namespace of the host's, too
  @OnEachRuntime
  void kill_all_reaches_every_process(Container container) {
    container.script("sleep 1000 & echo $!; echo ready; exec sleep 1000");
    container.without("pid").create().start().await("ready");
    long second = Long.parseLong(container.output().lines().findFirst().orElseThrow());

    container.command("kill", "--all").run(); // TERM is for the last word
    container.plain("kill", "--all", container.id(), "KILL").run().succeeded();

    Orphans.await(second);
    assertThat(ProcessHandle.of(second)).isEmpty();
  }

  /// runtime#delete: a container that runs is not deleted, which has no effect on it
  @OnEachRuntime
  void a_running_container_is_not_deleted(Container container) {
    container.up();

    var deleted = container.delete();

    assertThat(deleted.code()).isEqualTo(1);
    assertThat(deleted.errors()).containsIgnoringCase("stopped");
    assertThat(container.status()).isEqualTo("running");
  }

  /// runtime#delete: what create made is gone, and the id is free
  @OnEachRuntime
  void a_deleted_container_leaves_nothing(Container container) throws IOException {
    container.up();
    assertThat(container.cgroup("memory")).exists();
    container.end();
    container.delete().succeeded();

    assertThat(container.command("state").run().code()).isEqualTo(1);
    assertThat(container.cgroup("memory")).doesNotExist();
    assertThat(container.cgroup("devices")).doesNotExist();
    assertThat(container.rootfs().resolve("bin/busybox")).exists();
    container.up();
  }

  /// oci-cli: a created container is deleted
  @OnEachRuntime
  void a_created_container_is_deleted(Container container) {
    container.create();
    int pid = container.pid();

    container.delete().succeeded();

    Orphans.await(pid);
    assertThat(ProcessHandle.of(pid)).isEmpty();
  }

  @OnEachRuntime
  void force_deletes_a_running_container(Container container) {
    container.up();
    int pid = container.pid();

    container.delete("--force").succeeded();

    Orphans.await(pid);
    assertThat(ProcessHandle.of(pid)).isEmpty();
    assertThat(container.command("state").run().code()).isEqualTo(1);
  }

  /// oci-cli: containerd deletes twice
  @OnEachRuntime
  void force_deletes_an_unknown_container(Container container) {
    container.delete("--force").succeeded();
  }

  /// oci-cli: the process's exit code is the one of `run`, and 128 + signal
  @OnEachRuntime
  void run_ends_as_the_program_does(Containers containers) {
    assertThat(containers.another().script("exit 42").run().code()).isEqualTo(42);
    assertThat(containers.another().script("kill -9 $$").run().code()).isIn(0, 137);
    assertThat(containers.another().script("exit 0").run().code()).isZero();
  }

  /// oci-cli: `run` removes the container at its end
  @OnEachRuntime
  void run_leaves_no_container(Container container) {
    container.script("true").run().succeeded();

    assertThat(container.command("state").run().code()).isEqualTo(1);
  }

  @OnEachRuntime
  void run_detached_leaves_the_container(Container container) {
    container.script("sleep 1000");

    container.kept(container.running("--detach")).succeeded();

    assertThat(container.status()).isEqualTo("running");
  }

  /// oci-cli: the container's process belongs to the caller's subreaper when create has ended
  @OnEachRuntime
  void the_process_is_a_child_of_the_callers_subreaper(Container container) throws IOException {
    container.up();

    assertThat(Files.readString(container.proc("status")))
        .contains("PPid:\t" + ProcessHandle.current().pid() + "\n");
  }

  /// oci-cli: standard input, output and error are the runtime's own
  @OnEachRuntime
  void the_programs_streams_are_the_runtimes(Container container) {
    var run = container.script("cat; echo e >&2").running().reading("typed").run();

    assertThat(run.out()).isEqualTo("typed");
    assertThat(run.errors()).isEqualTo("e\n");
  }

  /// Commands on different containers at once do not disturb each other.
  @OnEachRuntime
  void twenty_containers_run_at_once(Containers containers) {
    var outcomes =
        IntStream.range(0, 20)
            .mapToObj(i -> containers.another().script("echo " + i))
            .map(container ->
                java.util.concurrent.CompletableFuture.supplyAsync(
                    () -> container.run(), Thread.ofVirtual()::start))
            .toList();

    for (int i = 0; i < 20; i++) {
      assertThat(outcomes.get(i).join().succeeded().out()).isEqualTo(i + "\n");
    }
  }

  /// Of several commands that start one container one succeeds, and the others say why not.
  @OnEachRuntime(
      without = {
        "crun 1.8: a second start waits for ever, or not",
        "runc 1.1: a second start waits for ever, now and then"
      })
  void of_concurrent_starts_one_succeeds(Container container) {
    container.script("echo ready; exec sleep 1000").create();
    var starts =
        IntStream.range(0, 4)
            .mapToObj(i ->
                java.util.concurrent.CompletableFuture.supplyAsync(
                    () -> container.command("start").within(Patience.ofSeconds(10)).run(),
                    Thread.ofVirtual()::start))
            .toList();

    assertThat(starts.stream().filter(start -> start.join().code() == 0)).hasSize(1);
    container.await("ready");
  }
}
