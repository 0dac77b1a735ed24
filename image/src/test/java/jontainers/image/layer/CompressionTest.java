package jontainers.image.layer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import jontainers.image.Trees;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompressionTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Compression.class)
  void what_is_compressed_is_detected_and_comes_back(Compression compression) throws Exception {
    byte[] bytes = bytes(300_000);

    byte[] compressed = compressed(compression, bytes);

    assertThat(Compression.detect(compressed)).isEqualTo(compression);
    assertThat(decompressed(compressed)).isEqualTo(bytes);
    assertThat(compressed(compression, bytes)).as("the same again").isEqualTo(compressed);
  }

  @Test
  void zstd_is_not_written() {
    assertThatThrownBy(() -> Compression.ZSTD.compressing(new ByteArrayOutputStream()))
        .hasMessage("zstd is read, and not written");
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void a_stream_that_comes_byte_by_byte_is_read_to_its_end(Compression compression)
      throws Exception {
    byte[] bytes = bytes(5000);
    byte[] twice = twice(compressed(compression, bytes));

    var slow =
        new SlowStream() {
          private int at;

          @Override
          int next() {
            return at < twice.length ? twice[at++] & 0xff : -1;
          }
        };

    assertThat(Compression.decompressed(slow).readAllBytes()).isEqualTo(twice(bytes));
  }

  @Test
  void other_programs_read_what_we_write_and_we_what_they_write() throws Exception {
    var compression = Compression.GZIP;
    String program = "gzip";
    var trees = new Trees(directory);
    byte[] bytes = bytes(3_000_000);
    var ours = Files.write(directory.resolve("ours"), compressed(compression, bytes));
    var plain = Files.write(directory.resolve("plain"), bytes);

    trees.run("sh", "-c", program + " -dc <" + ours + " >" + directory + "/back");
    trees.run("sh", "-c", program + " -9c <" + plain + " >" + directory + "/theirs");

    assertThat(directory.resolve("back")).hasBinaryContent(bytes);
    assertThat(decompressed(Files.readAllBytes(directory.resolve("theirs")))).isEqualTo(bytes);
  }

  @Test
  void zeros_behind_gzip_are_padding_and_anything_else_is_not() throws Exception {
    byte[] gzip = compressed(Compression.GZIP, bytes(100));

    assertThat(decompressed(Arrays.copyOf(gzip, gzip.length + 700))).isEqualTo(bytes(100));
    byte[] garbage = Arrays.copyOf(gzip, gzip.length + 3);
    garbage[gzip.length + 1] = 'x';
    assertThatThrownBy(() -> decompressed(garbage))
        .hasMessage("something else follows in the gzip stream");
  }

  @Test
  void a_damaged_gzip_stream_is_told() throws Exception {
    byte[] gzip = compressed(Compression.GZIP, bytes(1000));
    byte[] sum = gzip.clone();
    sum[gzip.length - 5] ^= 1;

    assertThatThrownBy(() -> decompressed(sum))
        .hasMessage("the checksum of the gzip stream is wrong");
    for (int length : new int[] {5, 20, gzip.length - 1}) {
      assertThatThrownBy(() -> decompressed(Arrays.copyOf(gzip, length)))
          .hasMessage("the gzip stream is cut off");
    }
  }

  @Test
  void a_damaged_zstd_stream_is_told() throws Exception {
    byte[] zstd = compressed(Compression.ZSTD, bytes(1000));
    byte[] sum = zstd.clone();
    sum[zstd.length - 1] ^= 1;

    assertThatThrownBy(() -> decompressed(sum)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> decompressed(Arrays.copyOf(zstd, zstd.length - 1)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> decompressed(twice(Arrays.copyOf(zstd, zstd.length + 4))))
        .hasMessage("something else follows in the zstd stream");
  }

  @Test
  void a_header_of_gzip_may_have_all_that_there_is() throws Exception {
    byte[] plain = compressed(Compression.GZIP, bytes(10));
    var out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3});
    out.writeBytes(new byte[] {3, 0, 1, 2, 3});
    out.writeBytes("name\0comment\0".getBytes(US_ASCII));
    out.writeBytes(new byte[] {0, 0});
    out.write(plain, 10, plain.length - 10);

    assertThat(decompressed(out.toByteArray())).isEqualTo(bytes(10));
  }

  @Test
  void a_zstd_stream_that_needs_much_memory_is_refused() throws Exception {
    // A frame with a window descriptor of 2 GiB, and an empty last block.
    byte[] window = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) (21 << 3), 1, 0, 0};
    // One with a single segment of 1 GiB.
    byte[] single = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, (byte) 0xa0, 0, 0, 0, 0x40, 1, 0, 0};

    for (byte[] frame : new byte[][] {window, single}) {
      assertThatThrownBy(() -> decompressed(frame))
          .hasMessage("the zstd stream needs a window of more than 8 MiB");
    }
  }

  @Test
  void frames_to_be_skipped_are_skipped() throws Exception {
    byte[] skipped = {0x51, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
    var out = new ByteArrayOutputStream();
    out.writeBytes(skipped);
    out.writeBytes(compressed(Compression.ZSTD, bytes(10)));
    out.writeBytes(skipped);

    assertThat(Compression.detect(skipped)).isEqualTo(Compression.ZSTD);
    assertThat(decompressed(out.toByteArray())).isEqualTo(bytes(10));
  }

  private static byte[] compressed(Compression compression, byte[] bytes) throws IOException {
    if (compression == Compression.ZSTD) {
      return Zstd.compressed(bytes);
    }
    var out = new ByteArrayOutputStream();
    try (var stream = compression.compressing(out)) {
      stream.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] decompressed(byte[] bytes) throws IOException {
    return Compression.decompressed(new ByteArrayInputStream(bytes)).readAllBytes();
  }

  private static byte[] twice(byte[] bytes) {
    byte[] twice = Arrays.copyOf(bytes, 2 * bytes.length);
    System.arraycopy(bytes, 0, twice, bytes.length, bytes.length);
    return twice;
  }

  /// Neither too regular nor too random.
  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    var random = new Random(length);
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ('a' + random.nextInt(4) * random.nextInt(3));
    }
    return bytes;
  }
}
