package jontainers.image.layer;

import java.util.zip.ZipException;

/// The sequences of a block of zstd, each some literals and a piece of what was decoded before: RFC
/// 8878, "Sequences Section" and "Sequence Execution". Confined to one thread.
final class ZstdSequences {
  private static final int[] LITERAL_BASE = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64,
    128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536
  };
  private static final int[] LITERAL_BITS = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11,
    12, 13, 14, 15, 16
  };
  private static final int[] MATCH_BASE = {
    3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
    29, 30, 31, 32, 33, 34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051,
    4099, 8195, 16387, 32771, 65539
  };
  private static final int[] MATCH_BITS = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
  };

  /// One of the three numbers of a sequence.
  private static final class Field {
    private final int highest;
    private final int largestLog;
    private final FseTable usual;
    private FseTable table;
    private boolean known;

    /// @param highest symbol
    Field(int highest, int largestLog, int usualLog, int... usual) {
      this.highest = highest;
      this.largestLog = largestLog;
      try {
        this.usual = FseTable.of(usualLog, usual);
      } catch (ZipException e) {
        throw new IllegalStateException("the tables of the RFC are right", e);
      }
      this.table = this.usual;
    }

    /// Read which table is used; return where its description ends.
    int read(int mode, byte[] block, int start, int end) throws ZipException {
      return switch (mode) {
        case 0 -> {
          table = usual;
          known = true;
          yield start;
        }
        case 1 -> {
          int symbol = start < end ? block[start] & 0xff : Integer.MAX_VALUE;
          if (symbol > highest) {
            throw ZstdBits.damaged("a symbol of a sequence is not known");
          }
          table = FseTable.always(symbol);
          known = true;
          yield start + 1;
        }
        case 2 -> {
          var read = FseTable.read(block, start, end, largestLog, highest + 1);
          table = read.table();
          known = true;
          yield read.end();
        }
        default -> {
          if (!known) {
            throw ZstdBits.damaged("a block repeats a table that is not there");
          }
          yield start;
        }
      };
    }
  }

  private final Field literalLengths =
      new Field(
          35, 9, 6, 4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2,
          1, 1, 1, 1, 1, -1, -1, -1, -1);
  private final Field offsets =
      new Field(
          31, 8, 5, 1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1,
          -1, -1, -1);
  private final Field matchLengths =
      new Field(
          52, 9, 6, 1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
          1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1);

  /// The last three offsets, the latest first.
  private int recent;

  private int second;
  private int third;

  /// Begin a frame, which knows no table yet.
  void begin() {
    recent = 1;
    second = 4;
    third = 8;
    literalLengths.known = false;
    offsets.known = false;
    matchLengths.known = false;
  }

  /// Decode a block.
  ///
  /// @param start where its sequences begin, after its literals
  /// @param out what was decoded of the frame, from its beginning on
  /// @param at where the block goes to
  /// @param limit where it ends at the latest; a margin follows
  /// @return where it ends
  int decode(ZstdLiterals literals, byte[] block, int start, int end, byte[] out, int at, int limit)
      throws ZipException {
    int from = literals.from();
    int literalsEnd = from + literals.length();
    if (start >= end) {
      throw ZstdBits.damaged("the sequences of a block are cut off");
    }
    int count = block[start] & 0xff;
    int next = start + 1;
    if (count == 255) {
      count = (block[next] & 0xff) + ((block[next + 1] & 0xff) << 8) + 0x7f00;
      next += 2;
    } else if (count >= 128) {
      count = ((count - 128) << 8) + (block[next] & 0xff);
      next++;
    }
    int to = at;
    if (count > 0) {
      int modes = block[next++];
      if ((modes & 3) != 0) {
        throw ZstdBits.damaged("a block has bits that are not known");
      }
      next = literalLengths.read((modes >> 6) & 3, block, next, end);
      next = offsets.read((modes >> 4) & 3, block, next, end);
      next = matchLengths.read((modes >> 2) & 3, block, next, end);
      if (next > end) {
        throw ZstdBits.damaged("the sequences of a block are cut off");
      }
      var in = new ZstdBits(block, next, end);
      var literalTable = literalLengths.table;
      var offsetTable = offsets.table;
      var matchTable = matchLengths.table;
      int literalState = literalTable.first(in);
      int offsetState = offsetTable.first(in);
      int matchState = matchTable.first(in);
      byte[] source = literals.bytes();
      for (int i = count; ; ) {
        int offsetCell = offsetTable.cell(offsetState);
        int matchCell = matchTable.cell(matchState);
        int literalCell = literalTable.cell(literalState);
        int offsetBits = offsetCell & 0xff;
        int offsetValue = (1 << offsetBits) + in.read(offsetBits);
        int matchSymbol = matchCell & 0xff;
        int matchLength = MATCH_BASE[matchSymbol] + in.read(MATCH_BITS[matchSymbol]);
        int literalSymbol = literalCell & 0xff;
        int literalLength = LITERAL_BASE[literalSymbol] + in.read(LITERAL_BITS[literalSymbol]);
        if (in.left() < 0) {
          throw ZstdBits.damaged("the sequences of a block are cut off");
        }
        int offset = offset(offsetValue, literalLength);
        if (literalLength > literalsEnd - from || literalLength + matchLength > limit - to) {
          throw ZstdBits.damaged("a sequence is too long");
        }
        copy(source, from, out, to, literalLength);
        from += literalLength;
        to += literalLength;
        if (offset <= 0 || offset > to) {
          throw ZstdBits.damaged("a sequence repeats what is not there");
        }
        repeat(out, to, offset, matchLength);
        to += matchLength;
        if (--i == 0) {
          break;
        }
        literalState = FseTable.following(literalCell, in);
        matchState = FseTable.following(matchCell, in);
        offsetState = FseTable.following(offsetCell, in);
      }
      if (in.left() != 0) {
        throw ZstdBits.damaged("the sequences of a block have another length");
      }
    } else if (next != end) {
      throw ZstdBits.damaged("something follows the sequences of a block");
    }
    if (literalsEnd - from > limit - to) {
      throw ZstdBits.damaged("a block is too long");
    }
    System.arraycopy(literals.bytes(), from, out, to, literalsEnd - from);
    return to + literalsEnd - from;
  }

  /// Return an offset, 0 for one that cannot be: values up to 3 mean recent ones, counted from the
  /// second where no literals come before.
  private int offset(int value, int literalLength) {
    if (value > 3 || value < 0) {
      third = second;
      second = recent;
      recent = value - 3;
      return recent;
    }
    int offset =
        switch (literalLength == 0 ? value : value - 1) {
          case 0 -> recent;
          case 1 -> {
            int found = second;
            second = recent;
            yield found;
          }
          case 2 -> {
            int found = third;
            third = second;
            second = recent;
            yield found;
          }
          default -> {
            int found = recent - 1;
            third = second;
            second = recent;
            yield found;
          }
        };
    recent = offset;
    return offset;
  }

  /// Copy whole words, so that up to 7 bytes behind are overwritten.
  private static void copy(byte[] source, int from, byte[] out, int to, int length) {
    if (length > 64) {
      System.arraycopy(source, from, out, to, length);
      return;
    }
    for (int i = 0; i < length; i += 8) {
      ZstdBits.LONG.set(out, to + i, (long) ZstdBits.LONG.get(source, from + i));
    }
  }

  /// Repeat what stands before; it may reach into itself.
  private static void repeat(byte[] out, int to, int offset, int length) {
    if (offset < 8) {
      for (int i = to; i < to + length; i++) {
        out[i] = out[i - offset];
      }
    } else if (length > 64 && offset >= length) {
      System.arraycopy(out, to - offset, out, to, length);
    } else {
      for (int i = to; i < to + length; i += 8) {
        ZstdBits.LONG.set(out, i, (long) ZstdBits.LONG.get(out, i - offset));
      }
    }
  }
}
