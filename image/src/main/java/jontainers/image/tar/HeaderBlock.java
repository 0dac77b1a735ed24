package jontainers.image.tar;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;

/// Read the fields of a header of 512 bytes: v7, ustar, GNU and star.
///
/// Source: tar(5) of libarchive, "Basic Tar Format" of the GNU tar manual. Confined to one thread.
final class HeaderBlock {
  private static final int CHECKSUM = 148;
  private static final int PREFIX = 345;
  private static final int STAR_TRAILER = 508;

  private final byte[] block;

  HeaderBlock(byte[] block) {
    this.block = block;
  }

  static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /// Old programs summed up signed bytes.
  void checkSum() throws TarFormatException {
    long unsigned = 0;
    long signed = 0;
    for (int at = 0; at < PaxWriter.BLOCK; at++) {
      boolean own = at >= CHECKSUM && at < CHECKSUM + 8;
      unsigned += own ? ' ' : block[at] & 0xff;
      signed += own ? ' ' : block[at];
    }
    long sum = number(CHECKSUM, 8);
    if (sum != unsigned && sum != signed) {
      throw new TarFormatException("the checksum is wrong");
    }
  }

  byte flag() {
    return block[156];
  }

  /// The name, with the prefix that ustar and star have before it.
  byte[] name() {
    byte[] name = bytes(0, 100);
    int size = prefixSize();
    if (size == 0 || block[PREFIX] == 0) {
      return name;
    }
    byte[] prefix = bytes(PREFIX, size);
    byte[] joined = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
    joined[prefix.length] = '/';
    System.arraycopy(name, 0, joined, prefix.length + 1, name.length);
    return joined;
  }

  byte[] link() {
    return bytes(157, 100);
  }

  boolean hasDevice() {
    return is(257, "ustar");
  }

  private int prefixSize() {
    if (!is(257, "ustar\0")) {
      return 0; // GNU tar has times there
    }
    return is(STAR_TRAILER, "tar\0") ? 131 : 155;
  }

  private boolean is(int at, String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    return Arrays.equals(block, at, at + bytes.length, bytes, 0, bytes.length);
  }

  /// The bytes before the first NUL.
  private byte[] bytes(int at, int length) {
    int end = at;
    while (end < at + length && block[end] != 0) {
      end++;
    }
    return Arrays.copyOfRange(block, at, end);
  }

  /// A number in octal digits between blanks and NULs, or of base 256 where the first bit is set.
  long number(int at, int length) throws TarFormatException {
    return (block[at] & 0x80) != 0 ? base256(at, length) : octal(at, length);
  }

  private long octal(int at, int length) throws TarFormatException {
    int from = at;
    int to = at + length;
    while (from < to && isFiller(block[from])) {
      from++;
    }
    while (to > from && isFiller(block[to - 1])) {
      to--;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      if (block[i] < '0' || block[i] > '7') {
        // Some programs leave what was in the buffer behind the NUL that ends the number.
        if (block[i] == 0) {
          break;
        }
        throw new TarFormatException("a number is not octal");
      }
      value = value << 3 | (block[i] - '0');
    }
    return value;
  }

  private static boolean isFiller(byte b) {
    return b == ' ' || b == 0;
  }

  /// Two's complement without the first bit, which says that it is one.
  private long base256(int at, int length) throws TarFormatException {
    boolean negative = (block[at] & 0x40) != 0;
    long value = negative ? -1L << 6 | (block[at] & 0x3f) : block[at] & 0x3f;
    for (int i = at + 1; i < at + length; i++) {
      if (value != value << 8 >> 8) {
        throw new TarFormatException("a number is too large");
      }
      value = value << 8 | (block[i] & 0xff);
    }
    return value;
  }
}
