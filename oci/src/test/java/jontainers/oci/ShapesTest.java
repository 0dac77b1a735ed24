package jontainers.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ShapesTest {
  @Test
  void all_that_is_wrong_is_told_with_its_place() {
    assertThatThrownBy(() ->
            Spec.parse(
                """
                {"ociVersion": 5,
                 "process": {"cwd": 7, "args": ["a", 2], "user": {"uid": 1.5, "gid": 1}},
                 "mounts": [{"destination": "/a"}, {"destination": "/b", "options": "ro"}],
                 "annotations": {"a": []},
                 "linux": {"namespaces": {}, "sysctl": {"a": true}}}
                """))
        .isInstanceOf(OciFormatException.class)
        .hasMessage(
            "config.json is not valid: ociVersion: is not a string: \"5\""
                + "; process.user.uid: is not a whole number: \"1.5\""
                + "; process.args[1]: is not a string: \"2\""
                + "; process.cwd: is not a string: \"7\""
                + "; mounts[1].options: is not an array: \"ro\""
                + "; annotations.a: is not a string: an array"
                + "; linux.namespaces: is not an array: an object"
                + "; linux.sysctl.a: is not a string: \"true\"");
  }

  @Test
  void a_set_of_names_is_an_object() {
    assertThatThrownBy(() ->
            ImageConfig.parse(
                """
                {"architecture": "a", "os": "b", "rootfs": {"type": "layers"},
                 "config": {"ExposedPorts": {"80/tcp": {}}, "Volumes": ["/data"]}}
                """
                    .getBytes(StandardCharsets.UTF_8)))
        .hasMessage("image configuration is not valid: config.Volumes: is not an object: an array");
  }

  @Test
  void a_document_of_the_right_shape_has_no_problem() throws IOException {
    String json = new String(SpecTest.resource("everything.json"), StandardCharsets.UTF_8);

    assertThat(Shapes.problems(Spec.class, json)).isEmpty();
  }

  @Test
  void what_is_no_json_is_told_as_the_reader_tells_it() {
    assertThatThrownBy(() -> Spec.parse("{\"ociVersion\":"))
        .hasMessageStartingWith("config.json is not valid: ");
  }

  @Test
  void no_string_has_half_a_surrogate_pair() {
    for (String half :
        new String[] {"\\ud83d", "\\ude00", "\\ude00\\ud83d", "\\ud83d\\ud83d\\ude00"}) {
      assertThatThrownBy(() -> Spec.parse("{\"ociVersion\":\"1" + half + "\"}"))
          .hasMessage("config.json is not valid: it has half a surrogate pair");
    }
    assertThat(Spec.parse("{\"ociVersion\":\"\\uD83D\\uDE00\"}").ociVersion()).hasSize(2);
    assertThat(Spec.parse("{\"ociVersion\":\"\\\\ud83d\"}").ociVersion()).isEqualTo("\\ud83d");
  }

  @Test
  void a_document_is_utf_8() {
    byte[] json = "{\"ociVersion\":\"1.2.0-ü\"}".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> Spec.parse(json))
        .hasMessage("config.json is not valid: it is not UTF-8");
  }

  @Test
  void no_string_has_a_nul() {
    assertThatThrownBy(() -> Spec.parse("{\"ociVersion\":\"1.0\\u0000\"}"))
        .hasMessage("config.json is not valid: it has a NUL character");
    assertThat(Spec.parse("{\"ociVersion\":\"1.0\\\\u0000\"}").ociVersion())
        .isEqualTo("1.0\\u0000");
  }
}
