package jontainers.image.layer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the program zstd has compressed in all its ways comes back.
class ZstdStreamTest {
  private static byte[] decompressed(byte[] bytes) throws IOException {
    return Compression.decompressed(new ByteArrayInputStream(bytes)).readAllBytes();
  }

  /// Content of different kinds: each leads to other kinds of blocks, tables and offsets.
  private static List<byte[]> contents() {
    var contents = new ArrayList<byte[]>();
    for (int length : new int[] {0, 1, 2, 3, 5, 31, 32, 33, 255, 256, 300, 1023, 65_800}) {
      contents.add(letters(length, 5));
    }
    contents.add(new byte[1_000_000]); // repeated bytes
    contents.add(noise(400_000)); // nothing to compress
    contents.add(letters(700_000, 2));
    contents.add(letters(700_000, 26));
    contents.add(letters(300_000, 255));
    contents.add(lines(400_000));
    contents.add(joined(noise(200_000), noise(200_000), new byte[50], lines(300_000)));
    return contents;
  }

  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  /// Few of them are frequent.
  private static byte[] letters(int length, int different) {
    var random = new Random(different);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (different * Math.pow(random.nextDouble(), 3));
    }
    return bytes;
  }

  /// Text with repetitions near and far.
  private static byte[] lines(int length) {
    var random = new Random(1);
    var text = new StringBuilder();
    while (text.length() < length) {
      if (text.length() > 100 && random.nextInt(3) > 0) {
        int from = random.nextInt(text.length() - 50);
        text.append(text, from, from + 3 + random.nextInt(47));
      } else {
        text.append(Integer.toString(random.nextInt(), 36)).append('\n');
      }
    }
    return text.substring(0, length).getBytes(US_ASCII);
  }

  private static byte[] joined(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--fast=9", "-1", "-3", "-5", "-9", "-15", "-19"})
  void each_level_is_read(String level) throws Exception {
    for (byte[] content : contents()) {
      assertThat(Arrays.equals(decompressed(Zstd.compressed(content, level)), content))
          .as(content.length + " bytes")
          .isTrue();
      assertThat(Arrays.equals(decompressed(Zstd.compressedFile(content, level)), content))
          .as("a file of " + content.length + " bytes")
          .isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--no-check",
        "-T2 -B100000",
        "--zstd=wlog=10",
        "--zstd=wlog=17,strategy=9",
        "--zstd=wlog=23,strategy=5",
        "--ultra -22 --zstd=wlog=23",
        "--zstd=minMatch=7,strategy=1",
        "--zstd=targetLength=999,strategy=8",
        "--no-compress-literals",
        "--long=23",
        "--rsyncable"
      })
  void each_way_to_compress_is_read(String options) throws Exception {
    byte[] content = joined(lines(600_000), noise(100_000), new byte[300_000], lines(2_000_000));

    byte[] compressed = Zstd.compressed(content, options.split(" "));

    assertThat(Arrays.equals(decompressed(compressed), content)).isTrue();
  }

  /// What is remembered has to move when more has been decoded.
  @ParameterizedTest
  @ValueSource(strings = {"--zstd=wlog=12", "--zstd=wlog=20", "--zstd=wlog=23"})
  void a_content_longer_than_the_window_is_read(String window) throws Exception {
    byte[] part = lines(3_000_000);
    byte[] content = joined(part, noise(1_000_000), part, part, new byte[3_000_000], part, part);

    byte[] compressed = Zstd.compressed(content, "-1", window);

    assertThat(Arrays.equals(decompressed(compressed), content)).isTrue();
  }

  /// zstd:chunked has one for each file.
  @Test
  void many_frames_are_one_content() throws Exception {
    var compressed = new ByteArrayOutputStream();
    var content = new ByteArrayOutputStream();
    for (byte[] part : contents()) {
      compressed.writeBytes(Zstd.compressedFile(part, "-5"));
      compressed.writeBytes(HexFormat.of().parseHex("5a2a4d1803000000010203"));
      compressed.writeBytes(Zstd.compressed(part, "--no-check"));
      content.writeBytes(part);
      content.writeBytes(part);
    }

    assertThat(Arrays.equals(decompressed(compressed.toByteArray()), content.toByteArray()))
        .isTrue();
  }

  @Test
  void what_is_damaged_is_told_and_nothing_else_happens() throws Exception {
    byte[] content = joined(lines(20_000), noise(500), new byte[300]);
    for (String level : new String[] {"-1", "-19"}) {
      byte[] compressed = Zstd.compressedFile(content, level);
      var random = new Random(3);
      for (int i = 0; i < 3000; i++) {
        byte[] damaged = compressed.clone();
        damaged[4 + random.nextInt(damaged.length - 4)] ^= (byte) (1 << random.nextInt(8));
        try {
          assertThat(decompressed(damaged)).isEqualTo(content); // a bit that means nothing
        } catch (IOException e) {
          assertThat(e).hasMessageContaining("zstd stream");
        }
      }
      for (int length = 4; length < compressed.length; length += 7) {
        byte[] cut = Arrays.copyOf(compressed, length);
        assertThatThrownBy(() -> decompressed(cut)).hasMessage("the zstd stream is cut off");
      }
    }
  }

  @Test
  void a_wrong_checksum_is_told() throws Exception {
    byte[] compressed = Zstd.compressed(lines(1000));
    compressed[compressed.length - 1] ^= 1;

    assertThatThrownBy(() -> decompressed(compressed))
        .hasMessage("the checksum of the zstd stream is wrong");
  }

  /// "xxHash fast digest algorithm", as `xxhsum -H1` prints them.
  @Test
  void the_checksum_is_xxh64() {
    var hash = new XxHash64();
    assertThat(hash.value()).isEqualTo(0xef46db3751d8e999L);
    hash.update("a".getBytes(US_ASCII), 0, 1);
    assertThat(hash.value()).isEqualTo(0xd24ec4f1a98c6e5bL);
    hash.reset();
    hash.update("abc".getBytes(US_ASCII), 0, 3);
    assertThat(hash.value()).isEqualTo(0x44bc2cf5ad770999L);
  }

  @Test
  void a_frame_that_needs_a_dictionary_is_refused() {
    byte[] frame = HexFormat.of().parseHex("28b52ffd2107000100000000");

    assertThatThrownBy(() -> decompressed(frame)).hasMessage("the zstd stream needs a dictionary");
  }
}
