package jontainers.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
  private static final Ledger.Holding CGROUP =
      new Ledger.Holding.Cgroup(Path.of("/sys/fs/cgroup/with blank/id"));
  private static final Ledger.Holding ENDPOINT = new Ledger.Holding.Endpoint("bridge");

  private static final Ledger.Holding UNFINISHED =
      new Ledger.Holding.UnfinishedFile(Path.of("/tmp/a line\nand another/ü%/.x.part"));

  @TempDir Path directory;

  @Test
  void what_was_taken_last_is_released_first() throws Exception {
    var ledger = new Ledger(directory.resolve("ledger"));
    ledger.write(ENDPOINT);
    ledger.write(UNFINISHED);
    ledger.write(CGROUP);

    assertThat(ledger.holdings()).containsExactly(CGROUP, UNFINISHED, ENDPOINT);
  }

  @Test
  void no_ledger_means_nothing_is_held() throws Exception {
    var ledger = new Ledger(directory.resolve("ledger"));

    assertThat(ledger.holdings()).isEmpty();
    ledger.clear();
    ledger.write(CGROUP);
    ledger.clear();
    assertThat(ledger.holdings()).isEmpty();
  }

  @Test
  void a_line_that_was_cut_short_was_not_taken() throws Exception {
    var ledger = new Ledger(directory.resolve("ledger"));
    ledger.write(ENDPOINT);
    Files.writeString(ledger.file(), "cgroup /sys/fs/cg", StandardOpenOption.APPEND);

    assertThat(ledger.holdings()).containsExactly(ENDPOINT);
  }

  @Test
  void lines_of_another_version_are_passed_over() throws Exception {
    var ledger = new Ledger(directory.resolve("ledger"));
    Files.writeString(ledger.file(), "quux 1 2 3\nword\n\n");
    ledger.write(CGROUP);

    assertThat(ledger.holdings()).containsExactly(CGROUP);
  }
}
