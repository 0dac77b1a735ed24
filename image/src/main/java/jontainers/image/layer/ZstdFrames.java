package jontainers.image.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipException;

/// Look at the headers of zstd's frames as they pass, and refuse those whose decoder would need
/// more memory than [#MAX_WINDOW].
///
/// The decoder in Java allocates what a header asks for, up to gigabytes, and decodes no more than
/// this in the end. Source: RFC 8878, "Zstandard Frames". Confined to one thread.
final class ZstdFrames extends PieceStream {
  /// What RFC 8878 asks decoders for, and encoders to stay in.
  static final int MAX_WINDOW = 8 << 20;

  private enum Part {
    MAGIC,
    SKIPPABLE_SIZE,
    DESCRIPTOR,
    HEADER,
    BLOCK,
    OTHER
  }

  private static final int SINGLE_SEGMENT = 0x20;
  private static final int CHECKSUM = 4;
  private static final int LAST_BLOCK = 1;
  private static final int RLE = 1;
  private static final int[] DICTIONARY_BYTES = {0, 1, 2, 4};
  private static final int[] SIZE_BYTES = {0, 2, 4, 8};

  private static final int BUFFER = 64 << 10;

  private final InputStream in;
  private final byte[] raw = new byte[BUFFER];
  private final byte[] field = new byte[16];
  private final byte[] passed = new byte[BUFFER + field.length]; // a field may have begun before
  private int at;
  private int limit;
  private Part part = Part.MAGIC;
  private Part following = Part.MAGIC;
  private int filled;
  private int needed = 4;
  private long toSkip;
  private boolean skipped;
  private int descriptor;

  ZstdFrames(InputStream in) {
    this.in = in;
  }

  @Override
  int piece(byte[] bytes, int offset, int length) throws IOException {
    while (at == limit) {
      int count = in.read(raw, 0, BUFFER);
      if (count < 0) {
        return end();
      }
      at = 0;
      limit = 0;
      pass(count);
    }
    int count = Math.min(length, limit - at);
    System.arraycopy(passed, at, bytes, offset, count);
    at += count;
    return count;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private int end() throws EOFException {
    if (part != Part.MAGIC || filled > 0) {
      throw new EOFException("the zstd stream is cut off");
    }
    return -1;
  }

  private void pass(int count) throws IOException {
    for (int from = 0; from < count; ) {
      if (part == Part.OTHER) {
        int length = (int) Math.min(toSkip, (long) count - from);
        if (!skipped) {
          pass(raw, from, length);
        }
        from += length;
        toSkip -= length;
        if (toSkip == 0) {
          begin(following);
        }
      } else {
        field[filled++] = raw[from++];
        if (filled == needed) {
          complete();
        }
      }
    }
  }

  private void pass(byte[] bytes, int from, int length) {
    System.arraycopy(bytes, from, passed, limit, length);
    limit += length;
  }

  private void begin(Part next) {
    begin(next, next == Part.MAGIC ? 4 : 3);
  }

  private void begin(Part next, int size) {
    part = next;
    needed = size;
    filled = 0;
  }

  private void skipTo(long count, Part next) {
    if (count == 0) {
      begin(next);
    } else {
      part = Part.OTHER;
      toSkip = count;
      following = next;
    }
  }

  private void complete() throws ZipException {
    if (part == Part.MAGIC) {
      skipped = (little(0, 4) & 0xfffffff0L) == 0x184d2a50L;
    }
    if (!skipped) {
      pass(field, 0, needed);
    }
    switch (part) {
      case MAGIC -> {
        if (!skipped && little(0, 4) != 0xfd2fb528L) {
          throw new ZipException("something else follows in the zstd stream");
        }
        begin(skipped ? Part.SKIPPABLE_SIZE : Part.DESCRIPTOR, skipped ? 4 : 1);
      }
      case SKIPPABLE_SIZE -> skipTo(little(0, 4), Part.MAGIC);
      case DESCRIPTOR -> descriptor();
      case HEADER -> header();
      case BLOCK -> block();
      case OTHER -> throw new IllegalStateException("no field");
    }
  }

  private void descriptor() {
    descriptor = field[0] & 0xff;
    begin(Part.HEADER, windowBytes() + DICTIONARY_BYTES[descriptor & 3] + sizeBytes());
  }

  private int windowBytes() {
    return isSingle() ? 0 : 1;
  }

  private int sizeBytes() {
    int size = SIZE_BYTES[descriptor >> 6];
    return size == 0 && isSingle() ? 1 : size;
  }

  private boolean isSingle() {
    return (descriptor & SINGLE_SEGMENT) != 0;
  }

  private void header() throws ZipException {
    long window;
    if (isSingle()) {
      int size = sizeBytes();
      window = little(needed - size, size) + (size == 2 ? 256 : 0);
    } else {
      long base = 1L << (10 + ((field[0] & 0xff) >> 3));
      window = base + base / 8 * (field[0] & 7);
    }
    if (window < 0 || window > MAX_WINDOW) {
      throw new ZipException(
          "the zstd stream needs a window of more than " + (MAX_WINDOW >> 20) + " MiB");
    }
    begin(Part.BLOCK, 3);
  }

  private void block() {
    long header = little(0, 3);
    long size = (header >> 1 & 3) == RLE ? 1 : header >> 3;
    boolean last = (header & LAST_BLOCK) != 0;
    boolean sum = last && (descriptor & CHECKSUM) != 0;
    skipTo(size + (sum ? 4 : 0), last ? Part.MAGIC : Part.BLOCK);
  }

  private long little(int at, int size) {
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = value << 8 | (field[at + i] & 0xff);
    }
    return value;
  }
}
