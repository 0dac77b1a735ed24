package jontainers.image.layer;

import java.util.Arrays;
import java.util.zip.ZipException;

/// The literals of a block of zstd: RFC 8878, "Literals Section". Confined to one thread.
final class ZstdLiterals {
  private static final int RAW = 0;
  private static final int REPEATED = 1;
  private static final int COMPRESSED = 2;

  private static final int[] SIZE_BITS = {10, 10, 14, 18};

  private final ZstdHuffman code = new ZstdHuffman();
  private final byte[] buffer = new byte[ZstdStream.LARGEST_BLOCK + ZstdBits.MARGIN];

  private byte[] bytes = buffer;
  private int from;
  private int length;

  /// Begin a frame, which knows no code yet.
  void begin() {
    code.forget();
  }

  /// Read the section at the beginning of a block; return where it ends.
  int read(byte[] block, int start, int end) throws ZipException {
    if (start >= end) {
      throw ZstdBits.damaged("a block is empty");
    }
    int type = block[start] & 3;
    return type == RAW || type == REPEATED
        ? plain(block, start, end, type)
        : coded(block, start, end, type);
  }

  private int plain(byte[] block, int start, int end, int type) throws ZipException {
    long word = (long) ZstdBits.LONG.get(block, start);
    int head =
        switch ((int) (word >> 2) & 3) {
          case 1 -> 2;
          case 3 -> 3;
          default -> 1;
        };
    length = (int) (word & ((1L << (8 * head)) - 1)) >> (head == 1 ? 3 : 4);
    from = start + head;
    int last = from + (type == RAW ? length : 1);
    require(length, last, end);
    bytes = block;
    if (type == REPEATED) {
      bytes = buffer;
      Arrays.fill(buffer, 0, length, block[from]);
      from = 0;
    }
    return last;
  }

  private int coded(byte[] block, int start, int end, int type) throws ZipException {
    long word = (long) ZstdBits.LONG.get(block, start);
    int format = (int) (word >> 2) & 3;
    int bits = SIZE_BITS[format];
    int mask = (1 << bits) - 1;
    length = (int) (word >> 4) & mask;
    int size = (int) (word >> (4 + bits)) & mask;
    int at = start + (4 + 2 * bits + 7) / 8;
    int last = at + size;
    require(length, last, end);
    if (type == COMPRESSED) {
      at = code.read(block, at, last);
    } else if (!code.isKnown()) {
      throw ZstdBits.damaged("a block repeats a code that is not there");
    }
    if (format == 0) {
      code.decode(block, at, last, buffer, 0, length);
    } else {
      code.decodeFour(block, at, last, buffer, length);
    }
    bytes = buffer;
    from = 0;
    return last;
  }

  private static void require(int length, int last, int end) throws ZipException {
    if (last > end || length > ZstdStream.LARGEST_BLOCK) {
      throw ZstdBits.damaged("the literals of a block are cut off");
    }
  }

  /// Return what the literals are in, with a margin behind them.
  byte[] bytes() {
    return bytes;
  }

  int from() {
    return from;
  }

  int length() {
    return length;
  }
}
