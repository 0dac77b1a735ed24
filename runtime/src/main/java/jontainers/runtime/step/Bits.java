package jontainers.runtime.step;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jontainers.linux.Syscall;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;

/// Constants and structures of the kernel's interface that several steps use.
final class Bits {
  static final Argument AT_FDCWD = Argument.of(-100, "AT_FDCWD");
  static final Argument O_CLOEXEC = Argument.of(0x80000, "O_CLOEXEC");
  static final Argument NULL = Argument.of(0, "NULL");
  static final long LAST_FD = 0xffffffffL;

  private Bits() {}

  /// Pass a mode, which is read in octal.
  static Argument mode(int mode) {
    return Argument.of(mode, "0" + Integer.toOctalString(mode));
  }

  /// Go on only where a word that the kernel has stored is the one that is expected.
  ///
  /// A proxy cannot compare; futex(2) can: FUTEX_CMP_REQUEUE fails with EAGAIN where two words
  /// differ.
  static Call equal(String object, int expected, Argument actual) {
    return equal(object, Argument.Struct.of("[" + expected + "]", ints(expected, 0)), actual);
  }

  /// Do nothing but fail, with EAGAIN.
  static Call fail(String object) {
    return equal(object, 1, Argument.of(0));
  }

  /// Go on only where a word that the kernel has stored is the one that is expected.
  ///
  /// @param word the address of the one, `actual` the other
  static Call equal(String object, Argument word, Argument actual) {
    return Call.of(
        Syscall.futex,
        object,
        word,
        Argument.of(0x84, "FUTEX_CMP_REQUEUE_PRIVATE"),
        0,
        0,
        word,
        actual);
  }

  /// Lay out longs as an array of the kernel's 64-bit words.
  static byte[] longs(long... values) {
    var buffer = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      buffer.putLong(value);
    }
    return buffer.array();
  }

  /// Lay out ints as an array of the kernel's 32-bit words.
  static byte[] ints(int... values) {
    var buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      buffer.putInt(value);
    }
    return buffer.array();
  }
}
