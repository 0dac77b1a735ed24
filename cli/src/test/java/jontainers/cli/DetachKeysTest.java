package jontainers.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DetachKeysTest {
  @Test
  void the_sequence_is_taken_out_of_what_is_typed() throws Exception {
    var keys = DetachKeys.parse("ctrl-p,ctrl-q");

    assertThat(typed(keys, "ls\r\u0010\u0011rest")).isEqualTo("ls\r");
    assertThat(keys.isComplete()).isTrue();
  }

  @Test
  void the_beginning_of_a_sequence_is_held_back_until_another_key_is_typed() throws Exception {
    var keys = DetachKeys.parse("");

    assertThat(typed(keys, "a\u0010")).isEqualTo("a");
    assertThat(typed(keys, "b")).isEqualTo("\u0010b");
    assertThat(typed(keys, "\u0010")).isEmpty();
    assertThat(typed(keys, "\u0010")).isEqualTo("\u0010");
    assertThat(keys.isComplete()).isFalse();
    assertThat(typed(keys, "\u0011")).isEmpty();
    assertThat(keys.isComplete()).isTrue();
  }

  @Test
  void single_characters_and_delete_are_keys() throws Exception {
    var keys = DetachKeys.parse("a,ctrl-],DEL");

    assertThat(typed(keys, "xa\u001d")).isEqualTo("x");
    assertThat(typed(keys, "\u007f")).isEmpty();
    assertThat(keys.isComplete()).isTrue();
  }

  @Test
  void control_keys_are_the_bytes_of_a_terminal() throws Exception {
    String controlled = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
    for (int code = 0; code < controlled.length(); code++) {
      var keys = DetachKeys.parse("ctrl-" + controlled.charAt(code));
      assertThat(typed(keys, String.valueOf((char) code))).isEmpty();
      assertThat(keys.isComplete()).as("ctrl-" + controlled.charAt(code)).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"ctrl-1 | ctrl-1", "a,,b | ''", "ctrl | ctrl", "é | é", "ctrl-P | ctrl-P"})
  void what_is_no_key_is_refused_by_name(String keys, String key) {
    assertThatThrownBy(() -> DetachKeys.parse(keys))
        .isInstanceOf(UsageException.class)
        .hasMessage("invalid detach keys \"" + keys + "\": unknown key \"" + key + "\"");
  }

  private static String typed(DetachKeys keys, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return new String(keys.take(bytes, bytes.length), ISO_8859_1);
  }
}
