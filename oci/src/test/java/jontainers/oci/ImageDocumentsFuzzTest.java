package jontainers.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Objects;
import java.util.function.Function;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// Whatever bytes a registry sends, they are a document, the same when it is written and read
/// again, or are refused with a reason.
class ImageDocumentsFuzzTest {
  @Test
  void seeds_and_random_documents_are_read_or_refused() throws Exception {
    Inputs.run(ImageDocumentsFuzzTest.class, "documents", 20_000, this::documents);
  }

  /// @param input JSON, perhaps
  @FuzzTest
  void documents(byte[] input) {
    check(input, Manifest::parse, Manifest::toJson);
    check(input, Index::parse, Index::toJson);
    check(input, ImageConfig::parse, ImageConfig::toJson);
  }

  private static <T> void check(
      byte[] input, Function<byte[], T> parse, Function<T, String> write) {
    T document;
    try {
      document = parse.apply(input);
    } catch (OciFormatException e) {
      assertThat(Objects.requireNonNull(e.getMessage())).isNotEmpty();
      return;
    }
    String json = write.apply(document);
    var again = parse.apply(json.getBytes(UTF_8));
    assertThat(again).isEqualTo(document);
    assertThat(write.apply(again)).isEqualTo(json);
  }
}
