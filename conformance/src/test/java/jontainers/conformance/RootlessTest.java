package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import jontainers.testkit.ConformanceTest;

/// A user who is not root has containers, too; with one id, that of root inside.
@ConformanceTest
class RootlessTest {
  /// oci-cli: `run`
  @OnEachRuntime
  void a_program_of_the_user_runs_to_its_end(Containers containers) throws IOException {
    var run =
        Rootless.of(containers)
            .container()
            .script("id -u; cat /proc/self/uid_map; stat -c %u /bin/busybox; exit 7")
            .run();

    assertThat(run.lines().stream().map(line -> line.strip().replaceAll(" +", " ")))
        .as(run.errors())
        .containsExactly("0", "0 4321 1", "0");
    assertThat(run.code()).isEqualTo(7);
  }

  /// runtime#operations: each of them, as the user
  @OnEachRuntime
  void a_container_of_the_user_is_created_started_entered_and_deleted(Containers containers)
      throws IOException {
    var container = Rootless.of(containers).container();
    container.script("echo ready; exec sleep 1000").create();
    assertThat(container.status()).isEqualTo("created");
    assertThat(container.output()).isEmpty();

    container.start().await("ready");
    assertThat(container.status()).isEqualTo("running");
    assertThat(Files.readString(container.proc("status")))
        .contains("Uid:\t4321\t4321\t4321\t4321")
        .contains("Gid:\t4321\t4321\t4321\t4321");
    assertThat(container.exec("sh", "-c", "id -u; hostname; exit 3").text()).isEqualTo("0\nbox");

    assertThat(container.end()).isEqualTo(137);
    container.delete().succeeded();
    assertThat(container.command("state").run().code()).isEqualTo(1);
  }

  /// config-linux#control-groups: in a cgroup that is the user's limits are kept
  @OnEachRuntime
  void a_delegated_cgroup_has_the_limits(Containers containers) throws IOException {
    var user = Rootless.of(containers).delegate();
    var container = user.container();
    String path = "/" + user.name() + "/" + container.id();
    container
        .set("linux.cgroupsPath", path)
        .setObject("linux.resources.pids", "limit", 20)
        .setObject("linux.resources.memory", "limit", 64 << 20)
        .up();
    var pids = Cgroups.directory("pids", path);
    var memory = Cgroups.directory("memory", path);

    assertThat(pids.resolve("pids.max")).hasContent("20");
    assertThat(memory.resolve(Cgroups.either("memory.limit_in_bytes", "memory.max")))
        .hasContent("67108864");
    assertThat(pids.resolve("cgroup.procs")).hasContent(Integer.toString(container.pid()));
    container.exec("true").succeeded();
    container.command("pause").run().succeeded();
    assertThat(container.status()).isEqualTo("paused");
    container.command("resume").run().succeeded();
    container.end();
    container.delete().succeeded();
    assertThat(pids).doesNotExist();
    assertThat(memory).doesNotExist();
  }

  /// CVE-2023-25809: what is delegated to the user is not the container's, root inside or not
  @OnEachRuntime(
      differs = {
        "runc 1.1, 1.3: the directory above the hierarchies can be written",
        "crun 1.8, 1.28: the directory above the hierarchies can be written"
      })
  void the_cgroups_of_the_user_are_not_written_by_a_container(Containers containers)
      throws IOException {
    var user = Rootless.of(containers).delegate();
    var container = user.container();
    var run =
        container
            .without("cgroup")
            .set("linux.cgroupsPath", "/" + user.name() + "/" + container.id())
            .mount("/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro")
            .script(
                """
                find /sys/fs/cgroup -type d | while read place; do
                  mkdir $place/made-by-container 2>/dev/null && echo made $place
                done
                echo tried
                """)
            .run();

    assertThat(run.code()).as(run.errors()).isZero();
    assertThat(Cgroups.named("made-by-container")).isEmpty();
    assertThat(run.text()).isEqualTo("tried");
  }

  /// config-linux#control-groups: without one a limit is an error
  @OnEachRuntime(differs = "crun 1.8, 1.28: goes on without")
  void a_limit_without_a_cgroup_is_an_error(Containers containers) throws IOException {
    var container = Rootless.of(containers).container();
    container.setObject("linux.resources.pids", "limit", 20);

    var run = container.script("echo ran").run();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.errors()).contains("cgroup");
  }
}
