package jontainers.linux;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The three sets that capget(2) and capset(2) exchange, a bit for each [Capability].
public record CapabilitySets(long effective, long permitted, long inheritable) {
  private static final int VERSION_3 = 0x20080522;
  private static final int DATA_SIZE = 24;

  /// Return `struct __user_cap_header_struct` for the calling thread: u32 version, i32 pid.
  public static byte[] header() {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(VERSION_3).array();
  }

  /// Return two `struct __user_cap_data_struct`, the low and the high 32 numbers: u32 effective,
  /// u32 permitted, u32 inheritable.
  public byte[] data() {
    return ByteBuffer.allocate(DATA_SIZE)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt((int) effective)
        .putInt((int) permitted)
        .putInt((int) inheritable)
        .putInt((int) (effective >>> 32))
        .putInt((int) (permitted >>> 32))
        .putInt((int) (inheritable >>> 32))
        .array();
  }

  /// Read what capget(2) wrote.
  public static CapabilitySets of(byte[] data) {
    var buffer = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    return new CapabilitySets(set(buffer, 0), set(buffer, 4), set(buffer, 8));
  }

  /// Ask for those of the calling thread: capget(2).
  public static CapabilitySets current() throws SyscallException {
    try (var arena = Arena.ofConfined()) {
      var header = arena.allocate(8, 8);
      Memory.put(header, 0, header(), 0, 8);
      var data = arena.allocate(DATA_SIZE, 8);
      Kernel.call(Syscall.capget, "", header.address(), data.address());
      return of(Memory.bytes(data, 0, data.byteSize()));
    }
  }

  private static long set(ByteBuffer buffer, int offset) {
    long low = buffer.getInt(offset) & 0xffffffffL;
    return (long) buffer.getInt(offset + DATA_SIZE / 2) << 32 | low;
  }
}
