package jontainers.oci;

import io.avaje.json.JsonException;
import io.avaje.jsonb.Jsonb;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Read and write documents; the only class that initialises the JSON library.
final class Documents {
  private static final Jsonb JSONB =
      Jsonb.builder().add(SparseMap::create).serializeNulls(false).serializeEmpty(false).build();

  private Documents() {}

  static <T> T parse(Class<T> type, String json, String name) {
    return parse(type, json.getBytes(StandardCharsets.UTF_8), name);
  }

  /// @param name what the document is, for messages
  static <T> T parse(Class<T> type, byte[] json, String name) {
    if (hasNul(json)) {
      throw new OciFormatException(name + " is not valid: it has a NUL character");
    }
    if (!isUtf8(json)) {
      throw new OciFormatException(name + " is not valid: it is not UTF-8");
    }
    if (hasHalfCharacter(json)) {
      throw new OciFormatException(name + " is not valid: it has half a surrogate pair");
    }
    try {
      return Fields.required(JSONB.type(type).fromJson(json), name);
    } catch (NullPointerException e) {
      // The generated code unboxes a null that stands where a number has to.
      throw new OciFormatException(name + " is not valid: null in place of a number", e);
    } catch (JsonException
        | NumberFormatException
        | ArithmeticException
        | IndexOutOfBoundsException e) { // the reader's own, when the text ends early
      var problems = Shapes.problems(type, new String(json, StandardCharsets.UTF_8));
      String reason =
          problems.isEmpty() ? String.valueOf(e.getMessage()) : String.join("; ", problems);
      throw new OciFormatException(name + " is not valid: " + reason, e);
    }
  }

  /// @param name what the document is, for messages
  static <T> List<T> parseList(Class<T> type, byte[] json, String name) {
    if (hasNul(json)) {
      throw new OciFormatException(name + " is not valid: it has a NUL character");
    }
    try {
      return List.copyOf(Fields.required(JSONB.type(type).list().fromJson(json), name));
    } catch (JsonException
        | NullPointerException
        | NumberFormatException
        | ArithmeticException
        | IndexOutOfBoundsException e) { // see above
      throw new OciFormatException(name + " is not valid: " + e.getMessage(), e);
    }
  }

  /// The kernel takes no string with a NUL, whatever it is for: neither as it is nor as `\\u0000`.
  private static boolean hasNul(byte[] json) {
    for (int i = 0; i < json.length; i++) {
      if (json[i] == 0) {
        return true;
      }
      if (json[i] == '\\' && ++i + 4 < json.length && json[i] == 'u') {
        boolean zero = true;
        for (int digit = 1; digit <= 4; digit++) {
          zero &= json[i + digit] == '0';
        }
        if (zero) {
          return true;
        }
      }
    }
    return false;
  }

  /// JSON is UTF-8 (RFC 8259, section 8.1); of anything else the library makes what cannot be
  /// written again.
  private static boolean isUtf8(byte[] json) {
    for (byte b : json) {
      if (b < 0) {
        try {
          var _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json));
          return true;
        } catch (CharacterCodingException e) {
          return false;
        }
      }
    }
    return true;
  }

  /// The escape of half a surrogate pair is no character: there is no way to write it again (RFC
  /// 8259, section 8.2).
  private static boolean hasHalfCharacter(byte[] json) {
    for (int i = 0; i < json.length; i++) {
      if (json[i] == '\\') {
        int first = surrogate(json, i);
        if (first != 0) {
          int second = surrogate(json, i + 6);
          if (first >= 0xdc00 || second < 0xdc00) {
            return true;
          }
          i += 6;
        }
        i++;
      }
    }
    return false;
  }

  /// Return the surrogate whose escape is at a place, or 0.
  private static int surrogate(byte[] json, int at) {
    if (at + 6 > json.length || json[at] != '\\' || json[at + 1] != 'u') {
      return 0;
    }
    int value = 0;
    for (int i = at + 2; i < at + 6; i++) {
      value = value << 4 | Math.max(0, Character.digit((char) json[i], 16));
    }
    return Character.isSurrogate((char) value) ? value : 0;
  }

  static String json(Object document) {
    return JSONB.toJsonPretty(document);
  }

  /// Write a document of which a list has to stand there even where it is empty.
  static String json(Object document, String list, boolean empty) {
    String json = json(document);
    return empty ? json.replaceFirst("\\{", "{\n  \"" + list + "\": [],") : json;
  }
}
