package jontainers.image.layer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// XXH64 with seed 0, of which zstd's frames have the lower half for a checksum.
///
/// Source: "xxHash fast digest algorithm", version 0.2.0. Confined to one thread.
final class XxHash64 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long PRIME1 = 0x9E3779B185EBCA87L;
  private static final long PRIME2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME3 = 0x165667B19E3779F9L;
  private static final long PRIME4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME5 = 0x27D4EB2F165667C5L;

  private static final int STRIPE = 32;

  private final byte[] rest = new byte[STRIPE];
  private int restLength;
  private long length;
  private long one;
  private long two;
  private long three;
  private long four;

  XxHash64() {
    reset();
  }

  void reset() {
    long seed = 0;
    one = seed + PRIME1 + PRIME2;
    two = seed + PRIME2;
    three = seed;
    four = seed - PRIME1;
    length = 0;
    restLength = 0;
  }

  void update(byte[] bytes, int from, int count) {
    int at = from;
    int end = from + count;
    length += count;
    if (restLength > 0) {
      int taken = Math.min(count, STRIPE - restLength);
      System.arraycopy(bytes, at, rest, restLength, taken);
      restLength += taken;
      at += taken;
      if (restLength < STRIPE) {
        return;
      }
      stripes(rest, 0, STRIPE);
      restLength = 0;
    }
    at = stripes(bytes, at, end);
    restLength = end - at;
    System.arraycopy(bytes, at, rest, 0, restLength);
  }

  /// Take whole stripes; return where they end.
  private int stripes(byte[] bytes, int from, int end) {
    int at = from;
    long v1 = one;
    long v2 = two;
    long v3 = three;
    long v4 = four;
    for (; at + STRIPE <= end; at += STRIPE) {
      v1 = round(v1, (long) LONG.get(bytes, at));
      v2 = round(v2, (long) LONG.get(bytes, at + 8));
      v3 = round(v3, (long) LONG.get(bytes, at + 16));
      v4 = round(v4, (long) LONG.get(bytes, at + 24));
    }
    one = v1;
    two = v2;
    three = v3;
    four = v4;
    return at;
  }

  long value() {
    long hash;
    if (length < STRIPE) {
      hash = PRIME5;
    } else {
      hash =
          Long.rotateLeft(one, 1)
              + Long.rotateLeft(two, 7)
              + Long.rotateLeft(three, 12)
              + Long.rotateLeft(four, 18);
      for (long lane : new long[] {one, two, three, four}) {
        hash = (hash ^ round(0, lane)) * PRIME1 + PRIME4;
      }
    }
    return avalanche(tail(hash + length));
  }

  private long tail(long start) {
    long hash = start;
    int at = 0;
    for (; at + 8 <= restLength; at += 8) {
      hash ^= round(0, (long) LONG.get(rest, at));
      hash = Long.rotateLeft(hash, 27) * PRIME1 + PRIME4;
    }
    if (at + 4 <= restLength) {
      hash ^= ((int) INT.get(rest, at) & 0xffffffffL) * PRIME1;
      hash = Long.rotateLeft(hash, 23) * PRIME2 + PRIME3;
      at += 4;
    }
    for (; at < restLength; at++) {
      hash ^= (rest[at] & 0xff) * PRIME5;
      hash = Long.rotateLeft(hash, 11) * PRIME1;
    }
    return hash;
  }

  private static long avalanche(long start) {
    long hash = (start ^ (start >>> 33)) * PRIME2;
    hash = (hash ^ (hash >>> 29)) * PRIME3;
    return hash ^ (hash >>> 32);
  }

  private static long round(long lane, long input) {
    return Long.rotateLeft(lane + input * PRIME2, 31) * PRIME1;
  }
}
