package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import jontainers.testkit.ConformanceTest;

/// oci-cli: what flags of `create`, `run` and `delete` change.
@ConformanceTest
class FlagsTest {
  /// oci-cli: `create --no-pivot`: the root is moved to `/`, for roots in an initial RAM filesystem
  @OnEachRuntime
  void no_pivot_moves_the_root(Container container) {
    container.script("echo ready; exec sleep 1000").create("--no-pivot").start().await("ready");

    var seen =
        container.exec("sh", "-c", "cat /etc/group; ls /..; echo 1 >/proc/sys/vm/swappiness");

    assertThat(seen.lines())
        .contains("daemon:x:1:", "bin", "tmp")
        .doesNotContain("usr", "var", "boot");
    assertThat(seen.errors()).contains("swappiness: Read-only file system");
  }

  /// oci-cli: `run --no-pivot`
  @OnEachRuntime
  void run_takes_no_pivot(Container container) {
    var run = container.script("ls /..; exit 7").run("--no-pivot");

    assertThat(run.code()).isEqualTo(7);
    assertThat(run.lines()).contains("bin").doesNotContain("usr", "var");
  }

  /// oci-cli: `run --keep`: the container is there until it is deleted
  @OnEachRuntime(differs = "crun 1.8: has no such option")
  void a_container_is_kept_if_asked(Container container) {
    assertThat(container.script("exit 7").run("--keep").code()).isEqualTo(7);

    assertThat(container.status()).isEqualTo("stopped");
    assertThat(container.script("true").run().code()).isEqualTo(1);
    container.delete().succeeded();
    assertThat(container.command("state").run().code()).isEqualTo(1);
  }

  /// oci-cli: `delete --force` in the states but running and paused, which other tests have
  @OnEachRuntime
  void force_deletes_a_container_that_is_not_started(Container container) {
    int pid = container.create().pid();

    container.delete("--force").succeeded();

    Orphans.await(pid);
    assertThat(container.output()).isEmpty();
    assertIsGone(container);
  }

  /// oci-cli: `delete --force` when it has ended
  @OnEachRuntime
  void force_deletes_a_container_that_has_ended(Container container) {
    container.up().end();
    assertThat(container.status()).isEqualTo("stopped");

    container.delete("--force").succeeded();

    assertIsGone(container);
  }

  /// oci-cli: `delete --force` ends what `exec` has added, too
  @OnEachRuntime
  void force_deletes_every_process(Container container) {
    container.up();
    container.kept(container.executing(List.of("--detach"), "sleep", "1000")).succeeded();

    container.delete("--force").succeeded();

    assertIsGone(container);
  }

  private static void assertIsGone(Container container) {
    assertThat(container.command("state").run().code()).isEqualTo(1);
    assertThat(container.cgroup("memory")).doesNotExist();
  }
}
