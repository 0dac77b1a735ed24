package jontainers.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jontainers.oci.ImageConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Instructions mean what they mean in a Dockerfile.
class ConfigChangeTest {
  private static ImageConfig.Config apply(String... instructions) throws ImageException {
    var config = ImageConfig.Config.NONE;
    for (String instruction : instructions) {
      config = ConfigChange.apply(config, instruction);
    }
    return config;
  }

  @Test
  void commands_are_lists_or_lines_for_the_shell() throws ImageException {
    assertThat(apply("CMD [\"a\", \"b c\"]").cmd()).containsExactly("a", "b c");
    assertThat(apply("cmd echo $X").cmd()).containsExactly("/bin/sh", "-c", "echo $X");
    assertThat(apply("CMD [not a list").cmd()).containsExactly("/bin/sh", "-c", "[not a list");
    var both = apply("CMD [\"old\"]", "ENTRYPOINT [\"e\"]");
    assertThat(both.entrypoint()).containsExactly("e");
    assertThat(both.cmd()).as("it was meant for another program").isEmpty();
  }

  @Test
  void variables_are_set_and_replaced() throws ImageException {
    assertThat(
            apply("ENV A=1 B=\"two words\" C='3 $' D=a\\ b", "ENV A=9", "ENV OLD form of it").env())
        .containsExactly("A=9", "B=two words", "C=3 $", "D=a b", "OLD=form of it");
    assertThat(apply("LABEL a=b \"c d\"=e", "LABEL a=x").labels())
        .isEqualTo(Map.of("a", "x", "c d", "e"));
  }

  @Test
  void the_rest_is_taken_down() throws ImageException {
    var config =
        apply(
            "EXPOSE 80 53/udp 8000-8001",
            "VOLUME /a /b",
            "VOLUME [\"/c d\"]",
            "USER me:us",
            "WORKDIR /srv",
            "WORKDIR sub/../app",
            "STOPSIGNAL SIGUSR1",
            "ONBUILD RUN x");

    assertThat(config.exposedPorts()).isEqualTo(Set.of("80/tcp", "53/udp", "8000/tcp", "8001/tcp"));
    assertThat(config.volumes()).isEqualTo(Set.of("/a", "/b", "/c d"));
    assertThat(config.user()).isEqualTo("me:us");
    assertThat(config.workingDir()).isEqualTo("/srv/app");
    assertThat(config.stopSignal()).isEqualTo("SIGUSR1");
    assertThat(config.onBuild()).isEqualTo(List.of("RUN x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "CMD",
        "RUN make",
        "ENV A",
        "ENV A=1 B",
        "EXPOSE x",
        "EXPOSE 0",
        "EXPOSE 70000",
        "EXPOSE 9-8",
        "LABEL a=\"b"
      })
  void what_is_not_understood_is_refused(String instruction) {
    assertThatThrownBy(() -> apply(instruction))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("invalid change \"" + instruction + "\"");
  }
}
