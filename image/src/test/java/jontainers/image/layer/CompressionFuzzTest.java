package jontainers.image.layer;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// Whatever bytes a compressed stream has, it ends or is refused with a reason.
class CompressionFuzzTest {
  private static final int MOST_READ = 1 << 20;

  @Test
  void seeds_and_random_streams_are_read_or_refused() throws Exception {
    Inputs.run(CompressionFuzzTest.class, "streams", 5_000, this::streams);
  }

  /// @param input what the network gives
  @FuzzTest
  void streams(byte[] input) {
    byte[] buffer = new byte[4096];
    long read = 0;
    try (var in = Compression.decompressed(new ByteArrayInputStream(input))) {
      for (int count; read < MOST_READ && (count = in.read(buffer, 0, 4096)) >= 0; ) {
        assertThat(count).isPositive();
        read += count;
      }
    } catch (IOException e) {
      assertThat(Objects.requireNonNull(e.getMessage())).isNotEmpty();
    }
  }
}
