package jontainers.oci;

import io.avaje.json.JsonException;
import io.avaje.jsonb.Jsonb;
import java.nio.charset.StandardCharsets;

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
    try {
      return Fields.required(JSONB.type(type).fromJson(json), name);
    } catch (NullPointerException e) {
      // The generated code unboxes a null that stands where a number has to.
      throw new OciFormatException(name + " is not valid: null in place of a number", e);
    } catch (JsonException | NumberFormatException | ArithmeticException e) {
      throw new OciFormatException(name + " is not valid: " + e.getMessage(), e);
    }
  }

  static String json(Object document) {
    return JSONB.toJsonPretty(document);
  }
}
