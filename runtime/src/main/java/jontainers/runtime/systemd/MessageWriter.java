package jontainers.runtime.systemd;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Encode values, little endian: D-Bus specification, "Marshaling".
///
/// Each value begins at a multiple of its alignment, counted from the beginning of what is written
/// here; the body of a message begins at a multiple of 8, so that it can be written by itself.
final class MessageWriter {
  private ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);

  byte[] toBytes() {
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  int size() {
    return bytes.position();
  }

  void write(Value value) {
    align(Signatures.alignment(value.signature().charAt(0)));
    switch (value) {
      case Value.Octet octet -> room(1).put(octet.value());
      case Value.Truth truth -> room(4).putInt(truth.value() ? 1 : 0);
      case Value.Int16 number -> room(2).putShort(number.value());
      case Value.Uint16 number -> room(2).putShort(number.value());
      case Value.Int32 number -> room(4).putInt(number.value());
      case Value.Uint32 number -> room(4).putInt(number.value());
      case Value.Int64 number -> room(8).putLong(number.value());
      case Value.Uint64 number -> room(8).putLong(number.value());
      case Value.Real number -> room(8).putDouble(number.value());
      case Value.Text text -> text(text.value());
      case Value.ObjectPath path -> text(path.value());
      case Value.TypeName type -> typeName(type.value());
      case Value.ListOf list -> list(list);
      case Value.Struct struct -> struct.fields().forEach(this::write);
      case Value.Variant variant -> {
        typeName(variant.value().signature());
        write(variant.value());
      }
    }
  }

  /// The length counts neither itself nor the padding before the first element, which is there even
  /// where no element follows.
  private void list(Value.ListOf list) {
    int length = bytes.position();
    room(4).putInt(0);
    align(Signatures.alignment(list.element().charAt(0)));
    int start = bytes.position();
    list.values().forEach(this::write);
    bytes.putInt(length, bytes.position() - start);
  }

  private void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    room(4 + utf8.length + 1).putInt(utf8.length).put(utf8).put((byte) 0);
  }

  private void typeName(String signature) {
    byte[] ascii = signature.getBytes(StandardCharsets.US_ASCII);
    room(1 + ascii.length + 1).put((byte) ascii.length).put(ascii).put((byte) 0);
  }

  void align(int multiple) {
    while (bytes.position() % multiple != 0) {
      room(1).put((byte) 0);
    }
  }

  private ByteBuffer room(int count) {
    if (bytes.remaining() < count) {
      var larger = ByteBuffer.allocate(2 * bytes.capacity() + count).order(ByteOrder.LITTLE_ENDIAN);
      larger.put(bytes.flip());
      bytes = larger;
    }
    return bytes;
  }
}
