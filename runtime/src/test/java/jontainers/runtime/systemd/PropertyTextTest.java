package jontainers.runtime.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Values of annotations, in GVariant's text format.
class PropertyTextTest {
  static Stream<Arguments> values() {
    return Stream.of(
        Arguments.of("'inactive-or-failed'", new Value.Text("inactive-or-failed")),
        Arguments.of("\"it's\"", new Value.Text("it's")),
        Arguments.of("'a\\'b\\n\\u0041\\\\'", new Value.Text("a'b\nA\\")),
        Arguments.of("true", new Value.Truth(true)),
        Arguments.of(" false ", new Value.Truth(false)),
        Arguments.of("-7", new Value.Int32(-7)),
        Arguments.of("1.5", new Value.Real(1.5)),
        Arguments.of("0x10", new Value.Int32(16)),
        Arguments.of("uint64 123456789", new Value.Uint64(123456789)),
        Arguments.of("uint64 18446744073709551615", Value.Uint64.INFINITY),
        Arguments.of("@t 5", new Value.Uint64(5)),
        Arguments.of("uint32 4294967295", new Value.Uint32(-1)),
        Arguments.of("uint16 65535", new Value.Uint16((short) -1)),
        Arguments.of("int16 -1", new Value.Int16((short) -1)),
        Arguments.of("int64 -5", new Value.Int64(-5)),
        Arguments.of("byte 255", new Value.Octet((byte) -1)),
        Arguments.of("boolean true", new Value.Truth(true)),
        Arguments.of("objectpath '/a'", new Value.ObjectPath("/a")),
        Arguments.of("['one', 'two']", Value.texts(List.of("one", "two"))),
        Arguments.of("@as []", Value.texts(List.of())),
        Arguments.of("@as ['a']", Value.texts(List.of("a"))),
        Arguments.of(
            "[uint64 1, 2]",
            new Value.ListOf("t", List.of(new Value.Uint64(1), new Value.Uint64(2)))));
  }

  @ParameterizedTest
  @MethodSource("values")
  void a_text_is_a_value(String text, Value value) {
    assertThat(PropertyText.parse(text)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "'open",
        "[1",
        "[1 2]",
        "[]",
        "[[1]]",
        "['a', 1]",
        "uint64 -1",
        "byte 256",
        "uint64",
        "uint64 0x",
        "1_000",
        "word",
        "1 2",
        "@zz 1",
        "'\\u12'",
        "(1, 2)",
        "99999999999",
        "string 5",
        "1,"
      })
  void what_is_none_is_refused(String text) {
    assertThatThrownBy(() -> PropertyText.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void annotations_name_properties_and_seconds_become_microseconds() {
    assertThat(
            PropertyAnnotations.of(
                Map.of(
                    "org.systemd.property.TimeoutStopSec", "1.5", "org.other", "word ! that is")))
        .containsExactly(new Property("TimeoutStopUSec", new Value.Uint64(1_500_000)));
    assertThat(
            PropertyAnnotations.of(
                Map.of("org.systemd.property.CollectMode", "'inactive-or-failed'")))
        .containsExactly(new Property("CollectMode", new Value.Text("inactive-or-failed")));
  }

  @Test
  void an_annotation_that_cannot_be_read_is_named() {
    assertThatThrownBy(() -> PropertyAnnotations.of(Map.of("org.systemd.property.Nice", "!")))
        .hasMessage(
            "annotation org.systemd.property.Nice: a value is expected at character 0 of \"!\"");
    assertThatThrownBy(() -> PropertyAnnotations.of(Map.of("org.systemd.property.a b", "1")))
        .hasMessage("annotation org.systemd.property.a b: not the name of a property");
  }
}
