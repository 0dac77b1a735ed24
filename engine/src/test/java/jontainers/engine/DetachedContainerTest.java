package jontainers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import jontainers.linux.Fd;
import jontainers.linux.FileLock;
import jontainers.linux.Pidfd;
import jontainers.runtime.Launch;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A container that a JVM leaves, which itself lives on.
@KernelTest
class DetachedContainerTest {
  private static final int SIGTERM = 15;

  @TempDir Path directory;
  private Path rootfs = Path.of("/");

  @BeforeEach
  void makeBusybox() throws IOException {
    rootfs = Busybox.make(directory);
  }

  @ParameterizedTest
  @EnumSource(names = {"NONE", "BRIDGE"})
  void a_container_outlives_its_engine_and_another_one_knows_how_it_ended(NetworkMode network)
      throws Exception {
    ContainerState left;
    try (var engine = Engine.open(state());
        var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR);
        var container = engine.start(spec().network(network).terminal().build(), streams(none));
        var master = container.terminal().orElseThrow()) {
      assertThat(master.read(new byte[100], 0, 100)).isPositive(); // "ready"
      container.detach();
      left = container.state();
    }
    try (var engine = Engine.open(state())) {
      assertThat(engine.containers())
          .extracting(ContainerState::status)
          .containsExactly(ContainerStatus.RUNNING);
    }

    try (var process = Pidfd.open(left.pid())) {
      process.sendSignal(SIGTERM);
    }
    FileLock.acquire(state().resolve("containers").resolve(left.id()).resolve("lock"))
        .close(); // the keeper has gone

    try (var engine = Engine.open(state())) {
      assertThat(engine.containers()).extracting(ContainerState::exitCode).containsExactly(7);
      assertThat(engine.remove("left", Engine.WhileRunning.REFUSE)).isEqualTo(left.id());
      assertThat(engine.releaseNetwork(Engine.WhileRunning.REFUSE).isEmpty())
          .isEqualTo(network == NetworkMode.NONE);
    }
  }

  @Test
  void a_container_without_a_terminal_is_not_left_and_runs_on() throws Exception {
    try (var engine = Engine.open(state());
        var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR);
        var container = engine.start(spec().network(NetworkMode.NONE).build(), streams(none))) {
      assertThatThrownBy(container::detach)
          .isInstanceOfSatisfying(
              EngineException.class,
              e -> {
                assertThat(e.category()).isEqualTo(EngineException.Category.UNSUPPORTED);
                assertThat(e).hasMessageContaining("has no terminal to detach from");
              });
      container.signal(9);
      assertThat(container.waitFor().shellCode()).isEqualTo(137);
    }
  }

  private Path state() {
    return directory.resolve("state");
  }

  private ContainerSpec.Draft spec() {
    String script = "trap 'exit 7' TERM; echo ready; sleep 1000 & wait";
    return ContainerSpec.of(RootImage.rootfs(rootfs), "sh", "-c", script).name("left");
  }

  private static StartOptions streams(Fd all) {
    return StartOptions.of(new Launch.Streams(all, all, all));
  }
}
