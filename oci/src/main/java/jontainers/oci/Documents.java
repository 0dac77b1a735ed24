package jontainers.oci;

import io.avaje.json.JsonException;
import io.avaje.jsonb.JsonType;
import io.avaje.jsonb.Jsonb;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Read and write documents; the only class that initialises the JSON library.
final class Documents {
  private static final StrictStream STREAM = StrictStream.sparse();
  private static final Jsonb JSONB = Jsonb.builder().add(SparseMap::create).adapter(STREAM).build();

  private Documents() {}

  static <T> T parse(Class<T> type, String json, String name) {
    return parse(type, json.getBytes(StandardCharsets.UTF_8), name);
  }

  /// @param name what the document is, for messages
  static <T> T parse(Class<T> type, byte[] json, String name) {
    requireText(json, name);
    try {
      return Fields.required(whole(JSONB.type(type), json), name);
    } catch (StrictReader.NotStrict e) {
      throw new OciFormatException(name + " is not valid: " + e.getMessage(), e);
    } catch (NullPointerException e) {
      // The generated code unboxes a null that stands where a number has to.
      throw new OciFormatException(name + " is not valid: null in place of a number", e);
    } catch (JsonException | NumberFormatException e) {
      var problems = Shapes.problems(type, new String(json, StandardCharsets.UTF_8));
      String reason =
          problems.isEmpty() ? String.valueOf(e.getMessage()) : String.join("; ", problems);
      throw new OciFormatException(name + " is not valid: " + reason, e);
    }
  }

  /// @param name what the document is, for messages
  static <T> List<T> parseList(Class<T> type, byte[] json, String name) {
    requireText(json, name);
    try {
      return List.copyOf(Fields.required(whole(JSONB.type(type).list(), json), name));
    } catch (JsonException | NullPointerException | NumberFormatException e) { // see above
      throw new OciFormatException(name + " is not valid: " + e.getMessage(), e);
    }
  }

  private static <T> @Nullable T whole(JsonType<T> type, byte[] json) {
    var reader = STREAM.reader(json);
    var document = type.fromJson(reader);
    reader.end();
    return document;
  }

  /// JSON is UTF-8 (RFC 8259, section 8.1), and the kernel takes no string with a NUL, whatever it
  /// is for.
  static void requireText(byte[] json, String name) {
    boolean ascii = true;
    for (byte b : json) {
      if (b == 0) {
        throw new OciFormatException(name + " is not valid: it has a NUL character");
      }
      ascii &= b > 0;
    }
    if (!ascii) {
      try {
        var _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json));
      } catch (CharacterCodingException e) {
        throw new OciFormatException(name + " is not valid: it is not UTF-8", e);
      }
    }
  }

  /// @throws OciFormatException where it has bytes that are no UTF-8: nobody could read it
  static String json(Object document) {
    try {
      return JSONB.toJsonPretty(document);
    } catch (JsonException e) {
      throw new OciFormatException("what is not UTF-8 cannot stand in JSON", e);
    }
  }

  /// Write a document for a program that reads one line; [RawStrings] may stand in it.
  static <T> String line(Class<T> type, T document) {
    try {
      return JSONB.toJson(document);
    } catch (JsonException e) {
      return new String(
          RawStrings.json(JSONB.type(type), document, STREAM), StandardCharsets.UTF_8);
    }
  }

  /// Write a document of which a list has to stand there even where it is empty.
  static String json(Object document, String list, boolean empty) {
    String json = json(document);
    return empty ? json.replaceFirst("\\{", "{\n  \"" + list + "\": [],") : json;
  }
}
