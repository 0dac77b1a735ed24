package jontainers.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/// Write the body of one netlink message: the family's header, then attributes.
///
/// Integers are in the machine's byte order, except those named `be`, which nf_tables wants. Every
/// attribute is padded to 4 bytes as `NLA_ALIGN` does (include/uapi/linux/netlink.h). Confined to
/// one thread.
public final class Body {
  /// The longest attribute: `nla_len` has 16 bits and counts its own header of 4 bytes.
  static final int MAX_ATTRIBUTE = 0xffff - 4;

  private static final int NLA_F_NESTED = 0x8000;

  private ByteBuffer buffer = ByteBuffer.allocate(128).order(ByteOrder.nativeOrder());

  /// Begin with nothing.
  public Body() {}

  /// Append one byte of the family's header.
  public Body header8(int value) {
    room(1).put((byte) value);
    return this;
  }

  /// Append two bytes of the family's header.
  public Body header16(int value) {
    room(2).putShort((short) value);
    return this;
  }

  /// Append four bytes of the family's header.
  public Body header32(int value) {
    room(4).putInt(value);
    return this;
  }

  /// Append an attribute of one byte.
  public Body u8(int type, int value) {
    return bytes(type, new byte[] {(byte) value});
  }

  /// Append an attribute of four bytes.
  public Body u32(int type, int value) {
    start(type, 4);
    buffer.putInt(value);
    return this;
  }

  /// Append an attribute of four bytes, most significant first.
  public Body be32(int type, int value) {
    start(type, 4);
    buffer.order(ByteOrder.BIG_ENDIAN).putInt(value).order(ByteOrder.nativeOrder());
    return this;
  }

  /// Append an attribute of eight bytes, most significant first.
  public Body be64(int type, long value) {
    start(type, 8);
    buffer.order(ByteOrder.BIG_ENDIAN).putLong(value).order(ByteOrder.nativeOrder());
    return this;
  }

  /// Append a string with its NUL.
  public Body string(int type, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a NUL byte in " + text.replace("\0", "\\0"));
    }
    return bytes(type, Arrays.copyOf(bytes, bytes.length + 1));
  }

  /// Append an attribute of any bytes.
  public Body bytes(int type, byte[] bytes) {
    start(type, bytes.length);
    buffer.put(bytes);
    pad();
    return this;
  }

  /// Append an attribute whose value is what `inner` writes.
  public Body nested(int type, Consumer<Body> inner) {
    int start = buffer.position();
    start(type | NLA_F_NESTED, 0);
    inner.accept(this);
    int length = buffer.position() - start;
    buffer.putShort(start, (short) checked(length - 4));
    return this;
  }

  /// Return what was written so far.
  public byte[] toBytes() {
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  private void start(int type, int length) {
    room(checked(length) + 3).putShort((short) (length + 4)).putShort((short) type);
  }

  private void pad() {
    while (buffer.position() % 4 != 0) {
      buffer.put((byte) 0);
    }
  }

  private static int checked(int length) {
    if (length > MAX_ATTRIBUTE) {
      throw new IllegalArgumentException("an attribute of " + length + " bytes");
    }
    return length + 4;
  }

  private ByteBuffer room(int length) {
    if (buffer.remaining() < length + 4) {
      int size = Math.max(buffer.capacity() * 2, buffer.position() + length + 4);
      buffer =
          ByteBuffer.wrap(Arrays.copyOf(buffer.array(), size))
              .order(ByteOrder.nativeOrder())
              .position(buffer.position());
    }
    return buffer;
  }
}
