package jontainers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpecChecksTest {
  @Test
  void an_ordinary_request_has_no_problem() {
    assertThat(SpecChecks.problems(ContainerSpec.of(RootImage.host(), "sh", "-c", "true").build()))
        .isEmpty();
  }

  @Test
  void all_problems_are_told_at_once() {
    var spec =
        ContainerSpec.of(RootImage.host(), List.of("sh", "a\0b"))
            .name("-web")
            .hostname("under_score")
            .environment("", "x")
            .environment("A", "x\0y")
            .workingDirectory("relative")
            .build();

    assertThat(SpecChecks.problems(spec))
        .containsExactly(
            "a NUL byte in argument \"a\\0b\"",
            "invalid container name \"-web\": only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, two"
                + " characters at least",
            "invalid hostname \"under_score\"",
            "invalid environment variable: \"=x\"",
            "a NUL byte in variable \"A=x\\0y\"",
            "the working directory \"relative\" is invalid: it needs to be an absolute path");
  }

  @Test
  void a_command_is_needed_when_the_image_has_said_its_part() {
    var none = ContainerSpec.of(RootImage.host()).build();

    assertThat(SpecChecks.problems(none)).isEmpty();
    assertThatThrownBy(() -> SpecChecks.require(none))
        .isInstanceOf(EngineException.class)
        .hasMessage("no command specified");
    assertThatThrownBy(() -> SpecChecks.require(ContainerSpec.of(RootImage.host(), "").build()))
        .hasMessage("no command specified");
  }
}
