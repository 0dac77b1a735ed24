package jontainers.oci;

import io.avaje.json.JsonReader;

/// Read the name of a field that is part of the content, as in a map.
///
/// Inside an object whose fields are known the library compares hashes of names, and leaves other
/// names as they are written, with their escapes.
final class FieldName {
  private FieldName() {}

  static String next(JsonReader reader) {
    String name = reader.nextField();
    return name.indexOf('\\') < 0 ? name : decoded(name);
  }

  /// Source: RFC 8259, section 7.
  private static String decoded(String name) {
    var text = new StringBuilder(name.length());
    for (int at = 0; at < name.length(); at++) {
      char c = name.charAt(at);
      if (c != '\\') {
        text.append(c);
      } else if (name.startsWith("u", at + 1) && at + 6 <= name.length()) {
        text.append((char) Integer.parseInt(name, at + 2, at + 6, 16));
        at += 5;
      } else {
        at++;
        text.append(escaped(at < name.length() ? name.charAt(at) : ' ', name));
      }
    }
    return text.toString();
  }

  private static char escaped(char c, String name) {
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> throw new OciFormatException("the name " + name + " has a wrong escape");
    };
  }
}
