package jontainers.image.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.ZipException;

/// Decompress zstd: all frames up to the end, those that are to be skipped left out, their
/// checksums verified. Whatever is wrong with it is an [IOException].
///
/// Refuses frames of which more than [#LARGEST_WINDOW] has to be remembered. Source: RFC 8878,
/// "Zstandard Frames". Confined to one thread.
final class ZstdStream extends PieceStream {
  /// What RFC 8878 asks decoders for, and encoders to stay in.
  static final int LARGEST_WINDOW = 8 << 20;

  /// Of a block, compressed or not.
  static final int LARGEST_BLOCK = 128 << 10;

  private static final int MAGIC = 0xfd2fb528;
  private static final int SKIPPED = 0x184d2a50;
  private static final int SKIPPED_MASK = 0xfffffff0;

  private static final int DICTIONARY = 3;
  private static final int CHECKSUM = 4;
  private static final int RESERVED = 8;
  private static final int SINGLE_SEGMENT = 0x20;
  private static final int[] SIZE_BYTES = {0, 2, 4, 8};

  private static final int RAW = 0;
  private static final int REPEATED = 1;
  private static final int COMPRESSED = 2;

  private final InputStream in;
  private final byte[] field = new byte[8];
  private final byte[] block = new byte[LARGEST_BLOCK + 2 * ZstdBits.MARGIN];
  private final ZstdLiterals literals = new ZstdLiterals();
  private final ZstdSequences sequences = new ZstdSequences();
  private final XxHash64 hash = new XxHash64();

  /// What was decoded of one frame: what may be repeated, then what was not read yet.
  private byte[] out = new byte[0];

  private int window;
  private int at; // what is read next
  private int limit; // of what was decoded
  private boolean inFrame;
  private boolean sums;
  private boolean ended;

  /// How many bytes of the frame are to come; -1 where it does not say.
  private long announced;

  ZstdStream(InputStream compressed) {
    this.in = compressed;
  }

  @Override
  int piece(byte[] bytes, int offset, int length) throws IOException {
    while (at == limit) {
      if (ended) {
        return -1;
      }
      if (inFrame) {
        block();
      } else {
        frame();
      }
    }
    int count = Math.min(length, limit - at);
    System.arraycopy(out, at, bytes, offset, count);
    at += count;
    return count;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private void frame() throws IOException {
    int count = in.readNBytes(field, 0, 4);
    if (count == 0) {
      ended = true;
      return;
    }
    if (count < 4) {
      throw cutOff();
    }
    int magic = (int) little(4);
    if ((magic & SKIPPED_MASK) == SKIPPED) {
      skipFrame(number(4));
    } else if (magic == MAGIC) {
      header((int) number(1));
    } else {
      throw new ZipException("something else follows in the zstd stream");
    }
  }

  private void skipFrame(long count) throws IOException {
    for (long left = count; left > 0; ) {
      int read = in.read(block, 0, (int) Math.min(left, LARGEST_BLOCK));
      if (read < 0) {
        throw cutOff();
      }
      left -= read;
    }
  }

  private void header(int descriptor) throws IOException {
    boolean single = (descriptor & SINGLE_SEGMENT) != 0;
    int log = single ? 0 : (int) number(1);
    long base = 1L << (10 + (log >> 3));
    long needed = base + base / 8 * (log & 7);
    if ((descriptor & RESERVED) != 0) {
      throw ZstdBits.damaged("a frame has a bit that is not known");
    }
    int dictionary = descriptor & DICTIONARY;
    if (number(dictionary == 3 ? 4 : dictionary) != 0) {
      throw new ZipException("the zstd stream needs a dictionary");
    }
    int size = SIZE_BYTES[descriptor >> 6];
    size = size == 0 && single ? 1 : size;
    announced = size == 0 ? -1 : number(size) + (size == 2 ? 256 : 0);
    needed = single ? announced : needed;
    if (needed < 0 || needed > LARGEST_WINDOW) {
      throw new ZipException(
          "the zstd stream needs a window of more than " + (LARGEST_WINDOW >> 20) + " MiB");
    }
    window = (int) needed;
    sums = (descriptor & CHECKSUM) != 0;
    inFrame = true;
    at = 0;
    limit = 0;
    literals.begin();
    sequences.begin();
    hash.reset();
  }

  private void block() throws IOException {
    int header = (int) number(3);
    int size = header >> 3;
    int type = (header >> 1) & 3;
    int largest = Math.min(Math.max(window, 1), LARGEST_BLOCK);
    if (size > largest) {
      throw ZstdBits.damaged("a block is too large");
    }
    makeRoom(largest);
    int start = limit;
    switch (type) {
      case RAW -> {
        require(in.readNBytes(out, limit, size), size);
        limit += size;
      }
      case REPEATED -> {
        Arrays.fill(out, limit, limit + size, (byte) number(1));
        limit += size;
      }
      case COMPRESSED -> {
        require(in.readNBytes(block, ZstdBits.MARGIN, size), size);
        limit = decode(ZstdBits.MARGIN + size, largest);
      }
      default -> throw ZstdBits.damaged("a block is of no known kind");
    }
    if (sums) {
      hash.update(out, start, limit - start);
    }
    count(limit - start);
    if ((header & 1) != 0) {
      endFrame();
    }
  }

  private int decode(int end, int largest) throws ZipException {
    try {
      int next = literals.read(block, ZstdBits.MARGIN, end);
      return sequences.decode(literals, block, next, end, out, limit, limit + largest);
    } catch (IndexOutOfBoundsException e) {
      var damaged = ZstdBits.damaged(String.valueOf(e.getMessage()));
      damaged.initCause(e);
      throw damaged;
    }
  }

  private void count(int length) throws ZipException {
    if (announced >= 0) {
      announced -= length;
      if (announced < 0) {
        throw ZstdBits.damaged("a frame has more than it says");
      }
    }
  }

  private void endFrame() throws IOException {
    inFrame = false;
    if (announced > 0) {
      throw ZstdBits.damaged("a frame has less than it says");
    }
    if (sums && number(4) != (hash.value() & 0xffffffffL)) {
      throw new ZipException("the checksum of the zstd stream is wrong");
    }
  }

  /// Make room for a block, and keep what it may repeat.
  private void makeRoom(int length) {
    int needed = limit + length + ZstdBits.MARGIN;
    if (needed <= out.length) {
      return;
    }
    int kept = Math.min(limit, window);
    int most = window + Math.max(window / 2, 4 * LARGEST_BLOCK) + LARGEST_BLOCK + ZstdBits.MARGIN;
    if (needed <= most) { // what is short needs no room for its window
      out = Arrays.copyOf(out, Math.min(most, Math.max(needed, 2 * out.length)));
      return;
    }
    System.arraycopy(out, limit - kept, out, 0, kept);
    limit = kept;
    at = kept;
  }

  private long number(int bytes) throws IOException {
    require(in.readNBytes(field, 0, bytes), bytes);
    return little(bytes);
  }

  private long little(int size) {
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = (value << 8) | (field[i] & 0xff);
    }
    return value;
  }

  private static void require(int count, int wanted) throws EOFException {
    if (count < wanted) {
      throw cutOff();
    }
  }

  private static EOFException cutOff() {
    return new EOFException("the zstd stream is cut off");
  }
}
