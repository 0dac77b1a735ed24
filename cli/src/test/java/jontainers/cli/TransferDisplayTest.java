package jontainers.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import jontainers.image.registry.TransferListener.Event;
import jontainers.linux.Terminal;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.MediaTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What people and programs see of a pull or push.
class TransferDisplayTest {
  private static final Descriptor ONE = layer("one", 1_200_000);
  private static final Descriptor TWO = layer("two", 4000);
  private static final String FIRST = ONE.digest().hex().substring(0, 12);
  private static final String SECOND = TWO.digest().hex().substring(0, 12);

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, UTF_8);
  private final AtomicLong nanos = new AtomicLong();

  private static Descriptor layer(String text, long size) {
    return Descriptor.of(MediaTypes.LAYER_GZIP, Digest.of(text.getBytes(UTF_8)), size);
  }

  private List<String> lines() {
    var lines = bytes.toString(UTF_8).lines().toList();
    bytes.reset();
    return lines;
  }

  private static void pull(TransferProgress progress) {
    var config = Descriptor.of(MediaTypes.CONFIG, Digest.of("c".getBytes(UTF_8)), 10);
    progress.heard(new Event.Progress(config, 10));
    progress.heard(new Event.Done(config));
    progress.heard(new Event.Queued(ONE));
    progress.heard(new Event.Queued(TWO));
    progress.heard(new Event.Present(TWO));
    progress.heard(new Event.Progress(ONE, 0));
    progress.heard(new Event.Progress(ONE, 600_000));
    progress.heard(new Event.Retrying("it was cut", Duration.ofSeconds(2)));
    progress.heard(new Event.Progress(ONE, 600_001));
    progress.heard(new Event.Done(ONE));
    progress.complete();
  }

  @Test
  void without_a_terminal_each_thing_that_happens_is_a_line() {
    pull(new TransferProgress(new TransferDisplay.Plain(out), TransferProgress.Direction.PULL));

    assertThat(lines())
        .containsExactly(
            FIRST + ": Pulling fs layer",
            SECOND + ": Pulling fs layer",
            SECOND + ": Already exists",
            "Retrying in 2 s: it was cut",
            FIRST + ": Download complete",
            FIRST + ": Pull complete");
  }

  @Test
  void a_push_has_words_of_its_own() {
    var progress =
        new TransferProgress(new TransferDisplay.Plain(out), TransferProgress.Direction.PUSH);
    progress.heard(new Event.Queued(ONE));
    progress.heard(new Event.Mounted(ONE, "library/a"));
    progress.heard(new Event.Present(TWO));
    progress.heard(new Event.Done(ONE));

    assertThat(lines())
        .containsExactly(
            FIRST + ": Waiting",
            FIRST + ": Mounted from library/a",
            SECOND + ": Layer already exists",
            FIRST + ": Pushed");
  }

  @Test
  void programs_get_the_objects_of_dockers_api() {
    pull(
        new TransferProgress(
            new TransferDisplay.Json(out, nanos::get), TransferProgress.Direction.PULL));

    assertThat(lines())
        .containsExactly(
            "{\"status\":\"Pulling fs layer\",\"progressDetail\":{},\"id\":\"" + FIRST + "\"}",
            "{\"status\":\"Pulling fs layer\",\"progressDetail\":{},\"id\":\"" + SECOND + "\"}",
            "{\"status\":\"Already exists\",\"progressDetail\":{},\"id\":\"" + SECOND + "\"}",
            "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":0,\"total\":1200000},"
                + "\"progress\":\"[>                                                  ]       "
                + "0B/1.2MB\",\"id\":\""
                + FIRST
                + "\"}",
            "{\"status\":\"Retrying in 2 s: it was cut\"}",
            "{\"status\":\"Download complete\",\"progressDetail\":{},\"id\":\"" + FIRST + "\"}",
            "{\"status\":\"Pull complete\",\"progressDetail\":{},\"id\":\"" + FIRST + "\"}");
  }

  @Test
  void programs_hear_of_a_layer_ten_times_a_second() {
    var progress =
        new TransferProgress(
            new TransferDisplay.Json(out, nanos::get), TransferProgress.Direction.PULL);
    for (int i = 0; i <= 1000; i++) {
      progress.heard(new Event.Progress(ONE, i));
      nanos.addAndGet(1_000_000);
    }
    assertThat(lines()).hasSize(11);
  }

  private TransferProgress onTerminal(int rows, int columns) {
    return new TransferProgress(
        new TerminalDisplay(out, () -> new Terminal.Size(rows, columns), nanos::get),
        TransferProgress.Direction.PULL);
  }

  /// Do what a terminal does with what was drawn; return what it shows.
  private List<String> screen() {
    var shown = new java.util.ArrayList<StringBuilder>(List.of(new StringBuilder()));
    int row = 0;
    String text = bytes.toString(UTF_8);
    for (int i = 0; i < text.length(); i++) {
      if (text.startsWith("\033[", i)) {
        int end = i + 2;
        while (Character.isDigit(text.charAt(end))) {
          end++;
        }
        switch (text.charAt(end)) {
          case 'A' -> row -= Integer.parseInt(text.substring(i + 2, end));
          case 'K' -> {
            // each line is written from its beginning
          }
          case 'J' -> {
            while (shown.size() > row + 1) {
              shown.removeLast();
            }
            shown.get(row).setLength(0);
          }
          default -> throw new AssertionError("unknown sequence in " + text);
        }
        i = end;
      } else if (text.startsWith("\r\n", i)) {
        i++;
        row++;
        if (row == shown.size()) {
          shown.add(new StringBuilder());
        }
      } else {
        int begin = i;
        int end = text.indexOf("\033[K", i);
        shown.get(row).setLength(0);
        shown.get(row).append(text, begin, end);
        i = end - 1;
      }
    }
    assertThat(shown.getLast()).isEmpty();
    return shown.subList(0, shown.size() - 1).stream().map(StringBuilder::toString).toList();
  }

  @Test
  void on_a_terminal_each_layer_has_a_line_that_changes() {
    var progress = onTerminal(24, 80);
    progress.heard(new Event.Queued(ONE));
    progress.heard(new Event.Queued(TWO));
    progress.heard(new Event.Progress(ONE, 0));
    nanos.addAndGet(200_000_000);
    progress.heard(new Event.Progress(ONE, 600_000));
    assertThat(screen())
        .containsExactly(
            FIRST + ": Downloading [=================>                 ]    600kB/1.2MB",
            SECOND + ": Pulling fs layer");

    progress.heard(new Event.Retrying("it was cut", Duration.ofMillis(300)));
    progress.heard(new Event.Present(TWO));
    progress.heard(new Event.Done(ONE));
    progress.complete();
    assertThat(screen())
        .containsExactly(
            "Retrying in 1 s: it was cut", FIRST + ": Pull complete", SECOND + ": Already exists");
  }

  @Test
  void a_terminal_is_drawn_ten_times_a_second() {
    var progress = onTerminal(24, 80);
    for (int i = 0; i < 1000; i++) {
      progress.heard(new Event.Progress(i % 2 == 0 ? ONE : TWO, i));
      nanos.addAndGet(1_000_000);
    }
    long drawn = bytes.toString(UTF_8).lines().filter(l -> l.contains(FIRST)).count();
    assertThat(drawn).isBetween(9L, 13L);
  }

  @Test
  void more_layers_than_rows_show_those_that_something_is_done_with() {
    var progress = onTerminal(4, 40);
    for (int i = 0; i < 10; i++) {
      progress.heard(new Event.Queued(layer("layer" + i, 100)));
    }
    var last = layer("layer9", 100);
    progress.heard(new Event.Progress(last, 50));

    assertThat(screen())
        .hasSize(3)
        .first()
        .isEqualTo(last.digest().hex().substring(0, 12) + ": Downloading      50B/100B");
  }

  @ParameterizedTest
  @CsvSource({"0,0B", "999,999B", "1000,1kB", "1234567,1.235MB", "5000000000,5GB"})
  void sizes_have_four_digits(long size, String text) {
    assertThat(Units.size(size, 4)).isEqualTo(text);
  }

  @Test
  void a_line_is_never_longer_than_the_terminal() {
    var message = new TransferMessage(FIRST, "Downloading", 7, 2_000_000_000);
    for (int columns = 0; columns < 200; columns++) {
      assertThat(message.line(columns).length()).isLessThanOrEqualTo(columns);
    }
    assertThat(message.line(200)).contains("[>" + " ".repeat(50) + "]");
    assertThat(new TransferMessage("x", "Downloading", 9, 7).line(200))
        .contains("[" + "=".repeat(50) + ">]");
  }
}
