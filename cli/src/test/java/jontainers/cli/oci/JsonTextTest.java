package jontainers.cli.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTextTest {
  @Test
  void what_json_does_not_take_as_it_is_is_escaped() {
    assertThat(JsonText.quoted("a \"b\" \\ c\n\t\u0001ü"))
        .isEqualTo("\"a \\\"b\\\" \\\\ c\\n\\t\\u0001ü\"");
  }

  @Test
  void lists_are_arrays() {
    assertThat(JsonText.strings(List.of("a", "b"))).isEqualTo("[\"a\",\"b\"]");
    assertThat(JsonText.numbers(List.of(58, 60))).isEqualTo("[58,60]");
    assertThat(JsonText.numbers(List.of())).isEqualTo("[]");
  }
}
