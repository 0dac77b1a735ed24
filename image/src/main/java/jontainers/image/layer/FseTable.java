package jontainers.image.layer;

import java.util.zip.ZipException;

/// A table of finite state entropy: which symbol a state stands for, and which state follows.
///
/// Source: RFC 8878, "FSE Table Description" and "From Normalized Distribution to Decoding Tables".
final class FseTable {
  private static final int LOWEST_LOG = 5;
  private static final int MOST_SYMBOLS = 256;

  private final int log;

  /// The state that follows before its bits are added, how many bits, the symbol: 16, 8, 8 bits.
  private final int[] cells;

  private FseTable(int log, int[] cells) {
    this.log = log;
    this.cells = cells;
  }

  /// A table and where its description ends.
  record Read(FseTable table, int end) {}

  /// Make the table of a symbol that always comes.
  static FseTable always(int symbol) {
    return new FseTable(0, new int[] {symbol});
  }

  /// Make a table.
  ///
  /// @param counts how often each symbol comes in 2^log; -1 for less than once
  static FseTable of(int log, int... counts) throws ZipException {
    int size = 1 << log;
    byte[] symbols = new byte[size];
    int[] next = new int[counts.length];
    int high = size - 1;
    for (int symbol = 0; symbol < counts.length; symbol++) {
      if (counts[symbol] < 0) {
        symbols[high--] = (byte) symbol;
        next[symbol] = 1;
      } else {
        next[symbol] = counts[symbol];
      }
    }
    spread(symbols, counts, high);
    int[] cells = new int[size];
    for (int state = 0; state < size; state++) {
      int symbol = symbols[state] & 0xff;
      int number = next[symbol]++;
      int bits = log - (31 - Integer.numberOfLeadingZeros(number));
      cells[state] = (((number << bits) - size) << 16) | (bits << 8) | symbol;
    }
    return new FseTable(log, cells);
  }

  private static void spread(byte[] symbols, int[] counts, int high) throws ZipException {
    int size = symbols.length;
    int step = (size >> 1) + (size >> 3) + 3;
    int at = 0;
    for (int symbol = 0; symbol < counts.length; symbol++) {
      for (int i = 0; i < counts[symbol]; i++) {
        symbols[at] = (byte) symbol;
        do {
          at = (at + step) & (size - 1);
        } while (at > high);
      }
    }
    if (at != 0) {
      throw ZstdBits.damaged("a table of states is not filled");
    }
  }

  /// Read the description of a table.
  ///
  /// @param end where the bytes end that it may have
  /// @param highestLog of the size
  /// @param symbols as many there may be
  static Read read(byte[] bytes, int start, int end, int highestLog, int symbols)
      throws ZipException {
    var in = new Forward(bytes, start);
    int log = in.read(4) + LOWEST_LOG;
    if (log > highestLog) {
      throw ZstdBits.damaged("a table of states is too large");
    }
    int[] counts = new int[MOST_SYMBOLS + 3];
    int known = 0;
    int left = 1 << log;
    while (left > 0) {
      int count = in.count(left);
      left -= Math.abs(count);
      counts[known++] = count;
      if (count == 0) {
        int repeated;
        do {
          repeated = in.read(2);
          known += repeated;
        } while (repeated == 3 && known <= symbols);
      }
      if (known > symbols || in.end() > end) {
        throw ZstdBits.damaged("a table of states has too many symbols");
      }
    }
    if (left < 0) {
      throw ZstdBits.damaged("a table of states is overfull");
    }
    return new Read(of(log, java.util.Arrays.copyOf(counts, known)), in.end());
  }

  /// A bit stream that is read from its beginning.
  private static final class Forward {
    private final byte[] bytes;
    private final int start;
    private int at;

    Forward(byte[] bytes, int start) {
      this.bytes = bytes;
      this.start = start;
    }

    int read(int bits) {
      long word = (long) ZstdBits.LONG.get(bytes, start + (at >> 3));
      int value = (int) (word >>> (at & 7)) & ((1 << bits) - 1);
      at += bits;
      return value;
    }

    /// Read how often a symbol comes: numbers that can be told by a bit less have one less.
    ///
    /// @param left how often all that follow come
    int count(int left) {
      int bits = 32 - Integer.numberOfLeadingZeros(left + 1);
      int value = read(bits);
      int lower = (1 << (bits - 1)) - 1;
      int threshold = (1 << bits) - 1 - (left + 1);
      if ((value & lower) < threshold) {
        at--;
        value &= lower;
      } else if (value > lower) {
        value -= threshold;
      }
      return value - 1;
    }

    int end() {
      return start + (at + 7) / 8;
    }
  }

  /// Read the first state.
  int first(ZstdBits in) {
    return in.read(log);
  }

  /// Return what is known of a state: its symbol in the lowest byte.
  int cell(int state) {
    return cells[state];
  }

  /// Read the state that follows one.
  static int following(int cell, ZstdBits in) {
    return (cell >>> 16) + in.read((cell >>> 8) & 0xff);
  }
}
