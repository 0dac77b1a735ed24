package jontainers.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class SamplesTest {
  @Test
  void a_quantile_between_two_values_is_in_proportion() {
    assertThat(Samples.quantile(List.of(4.0, 1.0, 3.0, 2.0), 0.5)).isEqualTo(2.5);
    assertThat(Samples.quantile(List.of(0.0, 10.0), 0.9)).isCloseTo(9.0, within(1e-9));
    assertThat(Samples.quantile(List.of(), 0.5)).isNaN();
  }

  @Test
  void a_ratio_is_taken_round_by_round() {
    var ours = new Samples();
    var theirs = new Samples();
    for (int drift = 1; drift <= 3; drift++) {
      ours.add(drift * 1_000_000L);
      theirs.add(drift * 2_000_000L);
    }

    assertThat(ours.pairedRatio(theirs)).isEqualTo(0.5);
    assertThat(ours.medianMillis()).isEqualTo(2.0);
    assertThat(ours.count()).isEqualTo(3);
  }
}
