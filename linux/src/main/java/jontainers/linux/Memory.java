package jontainers.linux;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Read and write the structures that the kernel is given, in the machine's byte order.
///
/// By way of byte buffers: each kind of access of a [MemorySegment] links method handles of its own
/// when it is first made, half a millisecond each, which a command pays anew every time.
final class Memory {
  private Memory() {}

  static byte getByte(MemorySegment segment, long at) {
    return buffer(segment).get((int) at);
  }

  static short getShort(MemorySegment segment, long at) {
    return buffer(segment).getShort((int) at);
  }

  static int getInt(MemorySegment segment, long at) {
    return buffer(segment).getInt((int) at);
  }

  static long getLong(MemorySegment segment, long at) {
    return buffer(segment).getLong((int) at);
  }

  static void putShort(MemorySegment segment, long at, short value) {
    buffer(segment).putShort((int) at, value);
  }

  static void putInt(MemorySegment segment, long at, int value) {
    buffer(segment).putInt((int) at, value);
  }

  static void putLong(MemorySegment segment, long at, long value) {
    buffer(segment).putLong((int) at, value);
  }

  /// Write bytes of an array.
  static void put(MemorySegment segment, long at, byte[] bytes, int offset, int count) {
    buffer(segment).put((int) at, bytes, offset, count);
  }

  /// Read bytes into an array.
  static void get(MemorySegment segment, long at, byte[] bytes, int offset, int count) {
    buffer(segment).get((int) at, bytes, offset, count);
  }

  /// Return a copy of some bytes.
  static byte[] bytes(MemorySegment segment, long at, long count) {
    byte[] bytes = new byte[(int) count];
    get(segment, at, bytes, 0, bytes.length);
    return bytes;
  }

  private static ByteBuffer buffer(MemorySegment segment) {
    return segment.asByteBuffer().order(ByteOrder.nativeOrder());
  }
}
