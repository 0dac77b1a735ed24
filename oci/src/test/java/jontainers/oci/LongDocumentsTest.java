package jontainers.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A string is as long as it is: 33 kB is more than the library's buffer, 16 MiB more than anybody
/// writes.
class LongDocumentsTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);

  @ParameterizedTest
  @ValueSource(ints = {33_000, 1 << 20, 16 << 20})
  void a_long_string_is_read_and_written(int length) {
    for (String piece : List.of("x", "\u00e4", "\\n")) {
      String text = piece.repeat(length / piece.length());
      String value = text.replace("\\n", "\n");

      var image =
          ImageConfig.parse(
              ("{\"architecture\":\"a\",\"os\":\"b\",\"config\":{\"Labels\":{\"k\":\""
                      + text
                      + "\"}},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}")
                  .getBytes(UTF_8));
      assertThat(value.equals(image.config().labels().get("k"))).isTrue();
      var again = ImageConfig.parse(image.toJson().getBytes(UTF_8));
      assertThat(value.equals(again.config().labels().get("k"))).isTrue();

      var spec =
          Spec.parse(
              ("{\"ociVersion\":\"1.0.0\",\"annotations\":{\"k\":\""
                      + text
                      + "\"},\"process\":{\"cwd\":\"/\",\"env\":[\"BIG="
                      + text
                      + "\"],\"user\":{\"uid\":0,\"gid\":0}}}")
                  .getBytes(UTF_8));
      assertThat(Spec.parse(spec.toJson().getBytes(UTF_8)).equals(spec)).isTrue();

      var index =
          Index.parse(
              ("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\""
                      + DIGEST
                      + "\",\"size\":7,\"annotations\":{\"k\":\""
                      + text
                      + "\"}}]}")
                  .getBytes(UTF_8));
      assertThat(value.equals(index.manifests().getFirst().annotations().get("k"))).isTrue();

      assertThat(JsonTree.parse("{\"k\":\"" + text + "\"}")).isEqualTo(Map.of("k", value));
    }
  }
}
