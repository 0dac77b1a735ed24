package jontainers.runtime.systemd;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A message: D-Bus specification, "Message Format".
///
/// @param fields what its header says beside, by the numbers of "Header Fields"
record Message(Type type, int serial, Map<Integer, Value> fields, List<Value> body) {
  static final int PATH = 1;
  static final int INTERFACE = 2;
  static final int MEMBER = 3;
  static final int ERROR_NAME = 4;
  static final int REPLY_SERIAL = 5;
  static final int DESTINATION = 6;
  static final int SIGNATURE = 8;

  /// The fixed part of a header with the length of the fields.
  static final int FIXED = 16;

  /// The specification allows 128 MiB; what systemd says has some KiB.
  static final int LONGEST = 4 << 20;

  private static final int VERSION = 1;

  /// What a message is for: "Message Types".
  enum Type {
    CALL(1),
    RETURN(2),
    ERROR(3),
    SIGNAL(4);

    private final int number;

    Type(int number) {
      this.number = number;
    }

    private static Type of(int number) throws DBusException {
      for (var type : values()) {
        if (type.number == number) {
          return type;
        }
      }
      throw new DBusException("a message of an unknown type: " + number);
    }
  }

  Message {
    fields = Map.copyOf(fields);
    body = List.copyOf(body);
  }

  /// Make a call of a method.
  static Message call(
      int serial, String destination, String path, String kind, String method, List<Value> body) {
    return new Message(
        Type.CALL,
        serial,
        Map.of(
            PATH,
            new Value.ObjectPath(path),
            INTERFACE,
            new Value.Text(kind),
            MEMBER,
            new Value.Text(method),
            DESTINATION,
            new Value.Text(destination)),
        body);
  }

  /// Return a field that is a text; empty where there is none.
  String text(int field) {
    return switch (fields.get(field)) {
      case Value.Text text -> text.value();
      case Value.ObjectPath path -> path.value();
      case Value.TypeName type -> type.value();
      case null, default -> "";
    };
  }

  /// Tell whether this is the answer to a call.
  boolean answers(int call) {
    return (type == Type.RETURN || type == Type.ERROR)
        && new Value.Uint32(call).equals(fields.get(REPLY_SERIAL));
  }

  byte[] encode() {
    var content = new MessageWriter();
    body.forEach(content::write);
    var written = new TreeMap<>(fields);
    if (!body.isEmpty()) {
      var types = new StringBuilder();
      body.forEach(value -> types.append(value.signature()));
      written.put(SIGNATURE, new Value.TypeName(types.toString()));
    }
    var entries = new ArrayList<Value>();
    written.forEach((number, value) ->
        entries.add(Value.struct(new Value.Octet(number.byteValue()), new Value.Variant(value))));
    var message = new MessageWriter();
    for (byte octet : new byte[] {'l', (byte) type.number, 0, VERSION}) {
      message.write(new Value.Octet(octet));
    }
    message.write(new Value.Uint32(content.size()));
    message.write(new Value.Uint32(serial));
    message.write(new Value.ListOf("(yv)", entries));
    message.align(8);
    byte[] header = message.toBytes();
    return ByteBuffer.allocate(header.length + content.size())
        .put(header)
        .put(content.toBytes())
        .array();
  }

  /// Return how long a message is whose fixed part is known.
  ///
  /// @throws DBusException where it is none, or longer than [#LONGEST]
  static int length(byte[] fixed) throws DBusException {
    var header = ByteBuffer.wrap(fixed).order(order(fixed[0]));
    long fields = header.getInt(12) & 0xffffffffL;
    long body = header.getInt(4) & 0xffffffffL;
    long length = ((FIXED + fields + 7) & ~7L) + body;
    if (fixed[3] != VERSION || length > LONGEST) {
      throw new DBusException("not a message of D-Bus: version " + fixed[3] + ", " + length + " B");
    }
    return (int) length;
  }

  /// Decode a whole message.
  static Message decode(byte[] bytes) throws DBusException {
    if (bytes.length < FIXED || bytes.length != length(bytes)) {
      throw new DBusException("a message is cut off");
    }
    var order = order(bytes[0]);
    var type = Type.of(bytes[1]);
    int bodyLength = ByteBuffer.wrap(bytes).order(order).getInt(4);
    int start = bytes.length - bodyLength;
    var values = new MessageReader(bytes, 8, start, order).read("ua(yv)");
    var fields = fields(values.get(1));
    var body = new MessageReader(bytes, start, bytes.length, order);
    String signature = fields.get(SIGNATURE) instanceof Value.TypeName name ? name.value() : "";
    var content = body.read(signature);
    if (body.hasMore()) {
      throw new DBusException("a message is longer than its signature says");
    }
    return new Message(type, ((Value.Uint32) values.getFirst()).value(), fields, content);
  }

  private static Map<Integer, Value> fields(Value list) {
    var fields = new TreeMap<Integer, Value>();
    for (var entry : ((Value.ListOf) list).values()) {
      var pair = ((Value.Struct) entry).fields();
      fields.put(((Value.Octet) pair.get(0)).value() & 0xff, ((Value.Variant) pair.get(1)).value());
    }
    return fields;
  }

  private static ByteOrder order(byte letter) throws DBusException {
    return switch (letter) {
      case 'l' -> ByteOrder.LITTLE_ENDIAN;
      case 'B' -> ByteOrder.BIG_ENDIAN;
      default -> throw new DBusException("a message of an unknown byte order: " + letter);
    };
  }
}
