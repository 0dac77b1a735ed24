package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import jontainers.testkit.ConformanceTest;

/// The harness itself.
@ConformanceTest
class HarnessTest {
  @OnEachRuntime
  void a_program_runs_to_its_end(Container container) {
    var run = container.script("echo out; echo errors >&2; exit 7").run();

    assertThat(run.errors()).isEqualTo("errors\n");
    assertThat(run.out()).isEqualTo("out\n");
    assertThat(run.code()).isEqualTo(7);
  }

  @OnEachRuntime
  void a_container_is_created_started_and_deleted(Container container) {
    container.up();

    assertThat(container.status()).isEqualTo("running");
    assertThat(container.end()).isEqualTo(128 + 9);
    assertThat(container.status()).isEqualTo("stopped");
    assertThat(container.delete().code()).isZero();
  }
}
