package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "10b, 10",
    "1k, 1024",
    "2kb, 2048",
    "3KiB, 3072",
    "64m, 67108864",
    "1.5g, 1610612736",
    "1T, 1099511627776",
    "9223372036854775, 9223372036854775"
  })
  void units_are_powers_of_1024(String text, long bytes) throws Exception {
    assertThat(Sizes.bytes("-m", text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "m", "-5", "1x", "1mm", "1..5m", "99999999999p", "0x10", "1e3"})
  void anything_else_is_refused_by_name(String text) {
    assertThatThrownBy(() -> Sizes.bytes("--memory", text)).hasMessageContaining("--memory");
  }
}
