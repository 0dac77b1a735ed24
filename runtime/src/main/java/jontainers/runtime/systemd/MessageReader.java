package jontainers.runtime.systemd;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Decode values of either byte order: D-Bus specification, "Marshaling".
///
/// Nothing that comes in is believed: lengths stay within the bytes that are there, nesting within
/// the bounds of the specification, and padding is zero.
final class MessageReader {
  private final ByteBuffer bytes;

  MessageReader(byte[] bytes, int from, int to, ByteOrder order) {
    this.bytes = ByteBuffer.wrap(bytes, 0, to).position(from).order(order);
  }

  /// Decode the values of a signature.
  List<Value> read(String signature) throws DBusException {
    var values = new ArrayList<Value>();
    for (String type : Signatures.split(signature)) {
      values.add(value(type, 0));
    }
    return values;
  }

  boolean hasMore() {
    return bytes.hasRemaining();
  }

  private Value value(String type, int depth) throws DBusException {
    if (depth > Signatures.DEEPEST) {
      throw new DBusException("a message is nested too deep");
    }
    align(Signatures.alignment(type.charAt(0)));
    return switch (type.charAt(0)) {
      case 'y' -> new Value.Octet(need(1).get());
      case 'b' -> truth(need(4).getInt());
      case 'n' -> new Value.Int16(need(2).getShort());
      case 'q' -> new Value.Uint16(need(2).getShort());
      case 'i' -> new Value.Int32(need(4).getInt());
      case 'u', 'h' -> new Value.Uint32(need(4).getInt());
      case 'x' -> new Value.Int64(need(8).getLong());
      case 't' -> new Value.Uint64(need(8).getLong());
      case 'd' -> new Value.Real(need(8).getDouble());
      case 's' -> new Value.Text(text(need(4).getInt()));
      case 'o' -> new Value.ObjectPath(text(need(4).getInt()));
      case 'g' -> new Value.TypeName(text(need(1).get() & 0xff));
      case 'a' -> list(type.substring(1), depth);
      case 'v' -> variant(depth);
      default -> struct(type, depth);
    };
  }

  private static Value.Truth truth(int number) throws DBusException {
    if (number != 0 && number != 1) {
      throw new DBusException("a boolean is " + number);
    }
    return new Value.Truth(number == 1);
  }

  private String text(int length) throws DBusException {
    if (length < 0 || length >= bytes.remaining()) {
      throw cut();
    }
    byte[] text = new byte[length];
    bytes.get(text);
    if (bytes.get() != 0) {
      throw new DBusException("a text does not end where it says");
    }
    return new String(text, StandardCharsets.UTF_8);
  }

  private Value.ListOf list(String element, int depth) throws DBusException {
    int length = need(4).getInt();
    align(Signatures.alignment(element.charAt(0)));
    if (length < 0 || length > bytes.remaining()) {
      throw cut();
    }
    int end = bytes.position() + length;
    var values = new ArrayList<Value>();
    while (bytes.position() < end) {
      values.add(value(element, depth + 1));
    }
    if (bytes.position() != end) {
      throw new DBusException("an array does not end where it says");
    }
    return new Value.ListOf(element, values);
  }

  private Value.Variant variant(int depth) throws DBusException {
    var types = Signatures.split(text(need(1).get() & 0xff));
    if (types.size() != 1) {
      throw new DBusException("a variant has " + types.size() + " types");
    }
    return new Value.Variant(value(types.getFirst(), depth + 1));
  }

  private Value.Struct struct(String type, int depth) throws DBusException {
    var fields = new ArrayList<Value>();
    for (String field : Signatures.split(type.substring(1, type.length() - 1))) {
      fields.add(value(field, depth + 1));
    }
    return new Value.Struct(type.charAt(0) == '(' ? "()" : "{}", fields);
  }

  private void align(int multiple) throws DBusException {
    while (bytes.position() % multiple != 0) {
      if (need(1).get() != 0) {
        throw new DBusException("padding that is not zero");
      }
    }
  }

  private ByteBuffer need(int count) throws DBusException {
    if (bytes.remaining() < count) {
      throw cut();
    }
    return bytes;
  }

  private static DBusException cut() {
    return new DBusException("a message is cut off");
  }
}
