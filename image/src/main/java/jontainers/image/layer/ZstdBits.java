package jontainers.image.layer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.ZipException;

/// A bit stream of zstd that is read from its end to its beginning: RFC 8878, "Bitstreams".
///
/// Reads whole words, so that there have to be [#MARGIN] bytes of any value around it in the array.
/// Who has read more than there was sees it by [#left], which is below 0 then; between two looks at
/// it no more than 128 bits may be read. Confined to one thread.
final class ZstdBits {
  /// As far as a word may reach out of a stream.
  static final int MARGIN = 32;

  static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] bytes;
  private final int start;
  private int left;

  /// @param end where it ends in the array, and begins to be read
  ZstdBits(byte[] bytes, int start, int end) throws ZipException {
    if (end <= start || bytes[end - 1] == 0) {
      throw damaged("a bit stream has no end");
    }
    this.bytes = bytes;
    this.start = start;
    // The highest bit that is set says where the stream ends and is no part of it.
    this.left = (end - start) * 8 - (Integer.numberOfLeadingZeros(bytes[end - 1] & 0xff) - 23);
  }

  static ZipException damaged(String why) {
    return new ZipException("the zstd stream is damaged: " + why);
  }

  /// Return how many bits are still to be read.
  int left() {
    return left;
  }

  /// Read a number.
  ///
  /// @param count up to 32
  int read(int count) {
    left -= count;
    long word = (long) LONG.get(bytes, start + (left >> 3));
    return (int) ((word >>> (left & 7)) & ((1L << count) - 1));
  }

  /// Return the next 57 bits or more, from the highest bit on.
  long peek() {
    int at = (left - 57) >> 3; // the lowest byte of a word that reaches at least to the next bit
    long word = (long) LONG.get(bytes, start + at);
    return word << (64 + 8 * at - left);
  }

  void skip(int count) {
    left -= count;
  }
}
