package jontainers.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The expected strings are what Python's `bytes.decode("utf-8", "surrogateescape")` gives.
class RawTextTest {
  @ParameterizedTest
  @CsvSource({
    "61ff62, 0061 dcff 0062",
    "c3bc, 00fc",
    "c3, dcc3",
    "c328, dcc3 0028",
    "e282, dce2 dc82",
    "e28241, dce2 dc82 0041",
    "e282ac, 20ac",
    "c080, dcc0 dc80",
    "edb2ff, dced dcb2 dcff",
    "edb280, dced dcb2 dc80",
    "f09f9880, d83d de00",
    "f09f98, dcf0 dc9f dc98",
    "f4908080, dcf4 dc90 dc80 dc80",
    "efbfbd, fffd",
    "efbfbdff, fffd dcff",
  })
  void bytes_that_are_no_utf_8_are_halves_of_surrogate_pairs(String bytes, String units) {
    byte[] raw = HexFormat.of().parseHex(bytes);
    var text = new StringBuilder();
    for (String unit : units.split(" ")) {
      text.append((char) HexFormat.fromHexDigits(unit));
    }

    assertThat(RawText.decode(raw)).isEqualTo(text.toString());
    assertThat(RawText.encode(text.toString())).isEqualTo(raw);
  }

  @Test
  void whatever_the_bytes_are_they_come_back() {
    var random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] raw = new byte[random.nextInt(12)];
      random.nextBytes(raw);
      assertThat(RawText.encode(RawText.decode(raw))).isEqualTo(raw);
    }
  }

  @Test
  void what_is_no_byte_and_no_character_is_a_question_mark() {
    assertThat(RawText.encode("a\ud800b\udc00c"))
        .isEqualTo("a?b?c".getBytes(StandardCharsets.UTF_8));
    assertThat(RawText.isUnicode("a\udcff")).isFalse();
    assertThat(RawText.isUnicode("a\ud83d\ude00\u00fc")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"/a/b", "a", "../a", "/a/../b", "ü/b", "../ü", "/ü/%25 /+", "./ü/..", "/ü//x"})
  void a_path_has_the_bytes_of_its_text(String plain) {
    for (String text : new String[] {plain, plain.replace('ü', '\udcff')}) {
      assertThat(RawText.of(RawText.path(text))).isEqualTo(text.replace("//", "/"));
    }
  }

  @Test
  void a_file_is_found_by_a_name_that_is_no_utf_8(@TempDir Path directory) throws Exception {
    var file = directory.resolve(RawText.path("a\udcff"));
    Files.createDirectory(file);

    assertThat(RawText.of(file)).isEqualTo(directory + "/a\udcff");
    try (var found = Files.list(directory);
        var fd = Fd.open(found.findFirst().orElseThrow(), Fd.O_PATH)) {
      assertThat(fd.name()).isEqualTo(directory + "/a\udcff");
    }
  }
}
