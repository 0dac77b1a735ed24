package jontainers.image.tar;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// Whatever bytes an archive has, reading it ends with entries that are within the bounds or with a
/// reason.
class TarFuzzTest {
  private static final int MOST_READ = 1 << 20;

  @Test
  void seeds_and_random_archives_are_read_or_refused() throws Exception {
    Inputs.run(TarFuzzTest.class, "archives", 20_000, this::archives);
  }

  /// @param input an archive; it is read as it is, and with checksums that are right
  @FuzzTest
  void archives(byte[] input) {
    read(input);
    byte[] right = input.clone();
    for (int at = 0; at + 512 <= right.length; at += 512) {
      if (right[at + 257] == 'u' || right[at + 156] == 'x') {
        Tar.checksum(right, at);
      }
    }
    read(right);
  }

  private static void read(byte[] input) {
    var reader = new TarReader(new ByteArrayInputStream(input));
    try {
      for (var next = reader.next(); next.isPresent(); next = reader.next()) {
        check(next.get());
        byte[] buffer = new byte[4096];
        long read = 0;
        for (int count; read < MOST_READ && (count = reader.read(buffer, 0, 4096)) >= 0; ) {
          read += count;
        }
        assertThat(read).isLessThanOrEqualTo(next.get().size());
      }
      assertThat(reader.position()).isEqualTo(input.length);
    } catch (IOException e) {
      assertThat(Objects.requireNonNull(e.getMessage())).isNotEmpty();
    }
  }

  private static void check(TarEntry entry) {
    assertThat(entry.name()).isNotEmpty().hasSizeLessThanOrEqualTo(TarReader.MAX_NAME);
    assertThat(entry.name()).doesNotContain(0);
    assertThat(entry.link()).hasSizeLessThanOrEqualTo(TarReader.MAX_NAME).doesNotContain(0);
    assertThat(entry.size()).isNotNegative();
    assertThat(entry.attributes().uid()).isBetween(0L, 0xfffffffeL);
    assertThat(entry.attributes().mtimeNanos()).isBetween(0, 999_999_999);
    var data = entry.data();
    if (data != null) {
      long end = 0;
      for (int i = 0; i < data.count(); i++) {
        assertThat(data.offset(i)).isGreaterThanOrEqualTo(end);
        end = data.offset(i) + data.length(i);
      }
      assertThat(end).isLessThanOrEqualTo(entry.size());
    }
  }
}
