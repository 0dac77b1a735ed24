package jontainers.image.layer;

import java.util.zip.ZipException;

/// A Huffman code of zstd: RFC 8878, "Huffman Coding". Confined to one thread.
final class ZstdHuffman {
  private static final int LONGEST_CODE = 11;
  private static final int HIGHEST_WEIGHT_LOG = 6;
  private static final int SYMBOLS = 256;
  private static final int DIRECT = 128;
  private static final int STREAMS = 4;
  private static final int JUMPS = 6;

  private final byte[] weights = new byte[SYMBOLS];

  /// By the next [#longest] bits: the symbol, and the length of its code in the lower byte.
  private final char[] table = new char[1 << LONGEST_CODE];

  private int longest;

  /// Tell whether there is a code.
  boolean isKnown() {
    return longest > 0;
  }

  void forget() {
    longest = 0;
  }

  /// Read the description of a code; return where it ends.
  int read(byte[] bytes, int start, int end) throws ZipException {
    longest = 0;
    if (start >= end) {
      throw ZstdBits.damaged("a code is cut off");
    }
    int head = bytes[start] & 0xff;
    int first = start + 1;
    int last = first + (head < DIRECT ? head : (head - DIRECT + 2) / 2);
    if (last > end) {
      throw ZstdBits.damaged("a code is cut off");
    }
    int known =
        head < DIRECT ? compressed(bytes, first, last) : direct(bytes, first, head - DIRECT + 1);
    build(known);
    return last;
  }

  private int direct(byte[] bytes, int first, int count) {
    for (int i = 0; i < count; i++) {
      int pair = bytes[first + i / 2];
      weights[i] = (byte) (i % 2 == 0 ? (pair >> 4) & 15 : pair & 15);
    }
    return count;
  }

  /// Two states take turns, until the bits do not suffice for one of them.
  private int compressed(byte[] bytes, int first, int last) throws ZipException {
    var read = FseTable.read(bytes, first, last, HIGHEST_WEIGHT_LOG, SYMBOLS);
    var table = read.table();
    var in = new ZstdBits(bytes, read.end(), last);
    int one = table.first(in);
    int other = table.first(in);
    if (in.left() < 0) {
      throw ZstdBits.damaged("a code is cut off");
    }
    int known = 0;
    while (known < SYMBOLS - 2) {
      int cell = table.cell(one);
      weights[known++] = (byte) cell;
      one = FseTable.following(cell, in);
      if (in.left() < 0) {
        weights[known++] = (byte) table.cell(other);
        return known;
      }
      int swapped = one;
      one = other;
      other = swapped;
    }
    throw ZstdBits.damaged("a code has too many symbols");
  }

  private void build(int known) throws ZipException {
    int sum = 0;
    int[] starts = new int[LONGEST_CODE + 2];
    for (int i = 0; i < known; i++) {
      int weight = weights[i];
      if (weight < 0 || weight > LONGEST_CODE) {
        throw ZstdBits.damaged("a code is too long");
      }
      sum += (1 << weight) >> 1;
      starts[weight]++;
    }
    int bits = 32 - Integer.numberOfLeadingZeros(sum);
    int left = (1 << bits) - sum; // the last symbol's part is what is left
    if (sum == 0 || bits > LONGEST_CODE || Integer.bitCount(left) != 1) {
      throw ZstdBits.damaged("a code is not complete");
    }
    int lastWeight = 32 - Integer.numberOfLeadingZeros(left);
    weights[known] = (byte) lastWeight;
    starts[lastWeight]++;
    int at = 0;
    for (int weight = 1; weight <= bits; weight++) {
      int count = starts[weight];
      starts[weight] = at;
      at += count << (weight - 1);
    }
    for (int symbol = 0; symbol <= known; symbol++) {
      int weight = weights[symbol];
      if (weight > 0) {
        int from = starts[weight];
        starts[weight] = from + (1 << (weight - 1));
        char cell = (char) ((symbol << 8) | (bits + 1 - weight));
        java.util.Arrays.fill(table, from, starts[weight], cell);
      }
    }
    longest = bits;
  }

  /// Decode one stream.
  void decode(byte[] bytes, int start, int end, byte[] out, int from, int to) throws ZipException {
    var in = new ZstdBits(bytes, start, end);
    int shift = 64 - longest;
    int at = from;
    while (at + 5 <= to && in.left() > 0) { // five codes have at most 55 bits
      long word = in.peek();
      int used = 0;
      for (int i = 0; i < 5; i++) {
        char cell = table[(int) (word >>> shift)];
        out[at + i] = (byte) (cell >> 8);
        word <<= cell & 0xff;
        used += cell & 0xff;
      }
      in.skip(used);
      at += 5;
    }
    while (at < to && in.left() > 0) {
      char cell = table[(int) (in.peek() >>> shift)];
      out[at++] = (byte) (cell >> 8);
      in.skip(cell & 0xff);
    }
    if (at != to || in.left() != 0) {
      throw ZstdBits.damaged("a stream of codes has another length");
    }
  }

  /// Decode four streams, which come one after the other and tell the lengths of three.
  void decodeFour(byte[] bytes, int start, int end, byte[] out, int length) throws ZipException {
    int part = (length + 3) / STREAMS;
    if (end - start < JUMPS || 3 * part > length) {
      throw ZstdBits.damaged("four streams of codes are cut off");
    }
    int from = start + JUMPS;
    for (int i = 0; i < STREAMS; i++) {
      boolean last = i == STREAMS - 1;
      int jump = start + 2 * i;
      int to = last ? end : from + ((bytes[jump] & 0xff) | ((bytes[jump + 1] & 0xff) << 8));
      if (to > end) {
        throw ZstdBits.damaged("four streams of codes are cut off");
      }
      decode(bytes, from, to, out, i * part, last ? length : (i + 1) * part);
      from = to;
    }
  }
}
