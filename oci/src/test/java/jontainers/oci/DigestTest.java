package jontainers.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DigestTest {
  private static final String EMPTY =
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  @Test
  void a_digest_is_computed_and_read_back() {
    assertThat(Digest.of("".getBytes(UTF_8)).toString()).isEqualTo(EMPTY);
    assertThat(Digest.parse(EMPTY)).isEqualTo(Digest.of(new byte[0]));
    assertThat(Digest.parse("sha512:" + "ab".repeat(64)).algorithm().id()).isEqualTo("sha512");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sha256",
        "sha256:",
        "sha256:../../../../../../../../../../../../../../../../../../../etc/passwd0",
        "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "md5:d41d8cd98f00b204e9800998ecf8427e"
      })
  void what_is_no_digest_is_refused_by_name(String text) {
    assertThatThrownBy(() -> Digest.parse(text))
        .isInstanceOf(OciFormatException.class)
        .hasMessageContaining(text);
  }
}
