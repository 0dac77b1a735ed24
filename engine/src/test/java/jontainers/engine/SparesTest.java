package jontainers.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SparesTest {
  private final LinkedBlockingQueue<String> made = new LinkedBlockingQueue<>();
  private final List<String> takenBack = new CopyOnWriteArrayList<>();
  private final Spares<String, String> spares =
      new Spares<>(
          "spares",
          1,
          kind -> {
            made.add(kind);
            return kind;
          },
          takenBack::add);

  @Test
  void nothing_is_made_before_a_second_was_asked_for() throws Exception {
    assertThat(spares.take("a")).isEmpty();
    spares.refill();
    assertThat(spares.take("a")).isEmpty();
    assertThat(made).isEmpty();

    spares.refill();
    assertThat(made.take()).isEqualTo("a");
    spares.close();
    assertThat(takenBack).containsExactly("a");
  }

  @Test
  void what_is_ready_is_taken_back_when_another_kind_is_asked_for() throws Exception {
    var _ = spares.take("a");
    var _ = spares.take("a");
    spares.refill();
    assertThat(made.take()).isEqualTo("a");

    assertThat(spares.take("b")).isEmpty();
    spares.refill();

    assertThat(made.take()).isEqualTo("b");
    spares.close();
    assertThat(takenBack).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void what_cannot_be_made_is_left_to_whoever_needs_it() {
    var failing =
        new Spares<String, String>(
            "spares",
            1,
            kind -> {
              made.add(kind);
              throw new IllegalStateException(kind);
            },
            takenBack::add);
    try (failing) {
      for (int i = 0; i < 3; i++) {
        assertThat(failing.take("a")).isEmpty();
        failing.refill();
      }
    }
    assertThat(takenBack).isEmpty();
  }
}
