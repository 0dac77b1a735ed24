package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessFactsTest {
  @Test
  void a_name_may_contain_anything() {
    String stat =
        "42 (a) R 1 (b) S 1 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 123456 789 10 11 12";

    assertThat(ProcessFacts.parse(stat)).isEqualTo(new ProcessFacts('S', 123_456));
  }

  @Test
  void this_process_is_alive_and_no_proxy() {
    int own = (int) ProcessHandle.current().pid();

    assertThat(ProcessFacts.of(own)).hasValueSatisfying(f -> assertThat(f.isAlive()).isTrue());
    assertThat(ProcessFacts.isProxy(own)).isFalse();
    assertThat(ProcessFacts.of(0)).isEmpty();
  }

  @Test
  void processors_are_a_bit_each() throws StartException {
    assertThat(Scheduling.mask("0-2,5")).isEqualTo(List.of(0b100111L));
    assertThat(Scheduling.mask("64")).isEqualTo(List.of(0L, 1L));
  }
}
