package jontainers.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SpecTest {
  @Test
  void what_runc_spec_prints_is_read() throws IOException {
    var spec = Spec.parse(resource("runc-spec.json"));

    var process = Objects.requireNonNull(spec.process());
    var linux = Objects.requireNonNull(spec.linux());
    assertThat(process.args()).containsExactly("sh");
    assertThat(process.terminal()).isTrue();
    assertThat(process.cwd()).isEqualTo("/");
    assertThat(process.rlimits()).containsExactly(new Rlimit("RLIMIT_NOFILE", 1024, 1024));
    assertThat(spec.root()).isEqualTo(new Root("rootfs", true));
    assertThat(spec.hostname()).isEqualTo("runc");
    assertThat(spec.mounts().getFirst()).isEqualTo(new Mount("/proc", "proc", "proc", List.of()));
    assertThat(linux.namespaces()).contains(Namespace.of("pid"), Namespace.of("mount"));
    assertThat(linux.maskedPaths()).contains("/proc/kcore");
    assertThat(Objects.requireNonNull(linux.resources()).devices())
        .containsExactly(new DeviceRule(false, null, null, null, "rwm"));
  }

  @Test
  void what_is_written_is_read_again_as_the_same() throws IOException {
    for (String name : List.of("runc-spec.json", "everything.json")) {
      var spec = Spec.parse(resource(name));

      assertThat(Spec.parse(spec.toJson())).isEqualTo(spec);
    }
  }

  @Test
  void every_field_of_the_specification_survives() throws IOException {
    var spec = Spec.parse(resource("everything.json"));

    assertThat(normalized(spec.toJson()))
        .isEqualTo(normalized(new String(resource("everything.json"), StandardCharsets.UTF_8)));
  }

  @Test
  void unknown_fields_and_other_platforms_are_ignored() {
    var spec =
        Spec.parse(
            "{\"ociVersion\":\"1.9\",\"annotations\":null,\"mounts\":null,\"linux\":null,\"windows\":{\"a\":[1]},\"next\":7}");

    assertThat(spec.ociVersion()).isEqualTo("1.9");
    assertThat(spec.process()).isNull();
    assertThat(spec.mounts()).isEmpty();
  }

  @Test
  void the_largest_uint64_is_kept() {
    var process =
        Process.parse(
            "{\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":0,"
                + "\"hard\":18446744073709551615}]}");

    assertThat(process.rlimits()).containsExactly(new Rlimit("RLIMIT_CORE", 0, -1));
    assertThat(Documents.json(process)).contains("18446744073709551615");
  }

  @Test
  void a_missing_field_is_named() {
    assertThatThrownBy(() -> Spec.parse("{\"ociVersion\":\"1.0\",\"process\":{\"args\":[]}}"))
        .isInstanceOf(OciFormatException.class)
        .hasMessage("process.cwd is missing");
    assertThatThrownBy(() -> Spec.parse("{")).isInstanceOf(OciFormatException.class);
    assertThatThrownBy(() -> Spec.parse("null")).isInstanceOf(OciFormatException.class);
    assertThatThrownBy(() -> Spec.parse("{\"ociVersion\":\"1.0\",\"mounts\":7}"))
        .isInstanceOf(OciFormatException.class);
    assertThatThrownBy(() ->
            Process.parse("{\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":-1}]}"))
        .isInstanceOf(OciFormatException.class);
    assertThatThrownBy(() ->
            Process.parse("{\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":null}]}"))
        .isInstanceOf(OciFormatException.class);
  }

  @Test
  void a_specification_made_by_hand_is_as_short_as_it_was_made() {
    var spec =
        Spec.of(
            Process.draft(List.of("true")).build(),
            new Root("/r", false),
            null,
            List.of(new Mount("/proc", "proc", "proc", List.of())),
            Linux.draft(List.of(Namespace.of("pid"))).build());

    assertThat(spec.toJson()).doesNotContain("null", "[]", "\"hooks\"", "\"annotations\"");
    assertThat(spec.withAnnotations(Map.of("a", "b")).annotations()).containsEntry("a", "b");
    assertThat(Spec.parse(spec.toJson())).isEqualTo(spec);
  }

  @Test
  void a_state_is_read_and_written() {
    var state = new State("1.3.0", "web", "running", 17, "/b", Map.of("k", "v"));

    assertThat(State.parse(state.toJson())).isEqualTo(state);
  }

  private static String normalized(String json) {
    return json.replaceAll("\\s", "");
  }

  static byte[] resource(String name) throws IOException {
    try (var stream = SpecTest.class.getResourceAsStream("/" + name)) {
      return Objects.requireNonNull(stream, name).readAllBytes();
    }
  }
}
