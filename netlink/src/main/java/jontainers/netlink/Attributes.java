package jontainers.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import jontainers.linux.SyscallException;

/// Read the attributes of a netlink message or of a nested attribute.
///
/// No length is trusted: an attribute that is shorter than its header, or longer than what is left,
/// makes the whole message malformed (EBADMSG), and so does a value whose size is not its type's.
/// Of attributes of the same type the last one counts, as in the kernel. Immutable.
public final class Attributes {
  private static final int HEADER = 4;

  /// Without NLA_F_NESTED and NLA_F_NET_BYTEORDER.
  private static final int NLA_TYPE_MASK = 0x3fff;

  private final List<Attribute> attributes;

  private Attributes(List<Attribute> attributes) {
    this.attributes = attributes;
  }

  /// Parse all bytes that remain in a buffer, which is not moved.
  public static Attributes parse(ByteBuffer bytes) throws SyscallException {
    var rest = bytes.slice().order(ByteOrder.nativeOrder());
    var found = new ArrayList<Attribute>();
    while (rest.remaining() >= HEADER) {
      int at = rest.position();
      int length = rest.getShort(at) & 0xffff;
      int type = rest.getShort(at + 2) & NLA_TYPE_MASK;
      if (length < HEADER || length > rest.remaining()) {
        throw Malformed.because("attribute " + type + " at " + at + " has the length " + length);
      }
      found.add(new Attribute(type, rest.slice(at + HEADER, length - HEADER)));
      rest.position(Math.min(rest.limit(), at + Malformed.align(length)));
    }
    if (rest.hasRemaining()) {
      throw Malformed.because(rest.remaining() + " bytes after the last attribute");
    }
    return new Attributes(List.copyOf(found));
  }

  /// Return an attribute of four bytes in the machine's order.
  public OptionalInt u32(int type) throws SyscallException {
    return integer(type, ByteOrder.nativeOrder());
  }

  /// Return an attribute of four bytes, most significant first.
  public OptionalInt be32(int type) throws SyscallException {
    return integer(type, ByteOrder.BIG_ENDIAN);
  }

  /// Return an attribute of eight bytes, most significant first, or 0.
  public long be64(int type) throws SyscallException {
    var value = value(type, 8);
    return value.isPresent() ? value.get().order(ByteOrder.BIG_ENDIAN).getLong(0) : 0;
  }

  /// Return a string up to its NUL, or to its end where the kernel wrote none.
  public Optional<String> string(int type) {
    return bytes(type)
        .map(bytes -> {
          int end = 0;
          while (end < bytes.length && bytes[end] != 0) {
            end++;
          }
          return new String(bytes, 0, end, StandardCharsets.UTF_8);
        });
  }

  /// Return a copy of an attribute's bytes.
  public Optional<byte[]> bytes(int type) {
    return last(type)
        .map(value -> {
          byte[] bytes = new byte[value.remaining()];
          value.get(value.position(), bytes);
          return bytes;
        });
  }

  /// Return the attributes inside an attribute; none where it is absent.
  public Attributes nested(int type) throws SyscallException {
    var value = last(type);
    return value.isPresent() ? parse(value.get()) : new Attributes(List.of());
  }

  /// Return the attributes inside each attribute of a type, in their order (a nested list).
  public List<Attributes> all(int type) throws SyscallException {
    var found = new ArrayList<Attributes>();
    for (var attribute : attributes) {
      if (attribute.type == type) {
        found.add(parse(attribute.value));
      }
    }
    return found;
  }

  public boolean has(int type) {
    return last(type).isPresent();
  }

  private OptionalInt integer(int type, ByteOrder order) throws SyscallException {
    var value = value(type, 4);
    return value.isPresent()
        ? OptionalInt.of(value.get().order(order).getInt(0))
        : OptionalInt.empty();
  }

  private Optional<ByteBuffer> value(int type, int size) throws SyscallException {
    var value = last(type);
    if (value.isPresent() && value.get().remaining() != size) {
      throw Malformed.because(
          "attribute " + type + " has " + value.get().remaining() + " bytes instead of " + size);
    }
    return value;
  }

  private Optional<ByteBuffer> last(int type) {
    for (int i = attributes.size() - 1; i >= 0; i--) {
      if (attributes.get(i).type == type) {
        return Optional.of(attributes.get(i).value.duplicate());
      }
    }
    return Optional.empty();
  }

  private record Attribute(int type, ByteBuffer value) {}
}
