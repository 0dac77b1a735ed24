package jontainers.runtime.systemd;

import java.util.ArrayList;
import java.util.List;

/// A value that knows its type: D-Bus specification, "Type System".
public sealed interface Value {
  /// Return its type, as a signature names it.
  String signature();

  /// `y`.
  record Octet(byte value) implements Value {
    @Override
    public String signature() {
      return "y";
    }
  }

  /// `b`.
  record Truth(boolean value) implements Value {
    @Override
    public String signature() {
      return "b";
    }
  }

  /// `n`.
  record Int16(short value) implements Value {
    @Override
    public String signature() {
      return "n";
    }
  }

  /// `q`, in the bits of a `short`.
  record Uint16(short value) implements Value {
    @Override
    public String signature() {
      return "q";
    }
  }

  /// `i`.
  record Int32(int value) implements Value {
    @Override
    public String signature() {
      return "i";
    }
  }

  /// `u`, in the bits of an `int`.
  record Uint32(int value) implements Value {
    @Override
    public String signature() {
      return "u";
    }
  }

  /// `x`.
  record Int64(long value) implements Value {
    @Override
    public String signature() {
      return "x";
    }
  }

  /// `t`, in the bits of a `long`.
  record Uint64(long value) implements Value {
    /// What systemd takes for no limit.
    public static final Uint64 INFINITY = new Uint64(-1);

    @Override
    public String signature() {
      return "t";
    }
  }

  /// `d`.
  record Real(double value) implements Value {
    @Override
    public String signature() {
      return "d";
    }
  }

  /// `s`.
  record Text(String value) implements Value {
    @Override
    public String signature() {
      return "s";
    }
  }

  /// `o`.
  record ObjectPath(String value) implements Value {
    @Override
    public String signature() {
      return "o";
    }
  }

  /// `g`.
  record TypeName(String value) implements Value {
    @Override
    public String signature() {
      return "g";
    }
  }

  /// `a` and the type of its elements.
  ///
  /// @param element the signature of one
  record ListOf(String element, List<Value> values) implements Value {
    public ListOf {
      values = List.copyOf(values);
    }

    @Override
    public String signature() {
      return "a" + element;
    }
  }

  /// The types of its fields in parentheses; an entry of a dictionary, in braces, is encoded in the
  /// same way.
  ///
  /// @param brackets `()` or `{}`
  record Struct(String brackets, List<Value> fields) implements Value {
    public Struct {
      fields = List.copyOf(fields);
    }

    @Override
    public String signature() {
      var types = new StringBuilder().append(brackets.charAt(0));
      fields.forEach(field -> types.append(field.signature()));
      return types.append(brackets.charAt(1)).toString();
    }
  }

  /// `v`: a value that brings its type along.
  record Variant(Value value) implements Value {
    @Override
    public String signature() {
      return "v";
    }
  }

  /// Make a struct.
  static Struct struct(Value... fields) {
    return new Struct("()", List.of(fields));
  }

  /// Make a list of texts.
  static ListOf texts(List<String> texts) {
    return new ListOf("s", texts.stream().<Value>map(Text::new).toList());
  }

  /// Make a list of bytes.
  static ListOf octets(byte[] bytes) {
    var values = new ArrayList<Value>();
    for (byte octet : bytes) {
      values.add(new Octet(octet));
    }
    return new ListOf("y", values);
  }
}
