package jontainers.oci;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Read JSON of which no record knows the shape, as strictly as the records.
public final class JsonTree {
  private final StrictReader reader;

  private JsonTree(StrictReader reader) {
    this.reader = reader;
  }

  /// Read a text: null, a string, a boolean, a `Long`, a `Double`, a list, or a map in its order.
  ///
  /// @throws OciFormatException where it is not JSON, or has a name twice in an object
  public static @Nullable Object parse(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    Documents.requireText(bytes, "the text");
    var reader = new StrictReader(bytes, Map.of(), false);
    try {
      var tree = new JsonTree(reader).value();
      reader.end();
      return tree;
    } catch (StrictReader.NotStrict e) {
      throw new OciFormatException(String.valueOf(e.getMessage()), e);
    }
  }

  private @Nullable Object value() {
    if (reader.isNullValue()) {
      return null;
    }
    return switch (reader.currentToken()) {
      case BEGIN_OBJECT -> object();
      case BEGIN_ARRAY -> array();
      case STRING -> reader.readString();
      case BOOLEAN -> reader.readBoolean();
      case NUMBER, NULL -> number(reader.readRaw());
    };
  }

  private Object object() {
    var map = new LinkedHashMap<String, @Nullable Object>();
    reader.beginObject();
    while (reader.hasNextField()) {
      map.put(reader.nextField(), value());
    }
    reader.endObject();
    return map;
  }

  private Object array() {
    var list = new ArrayList<@Nullable Object>();
    reader.beginArray();
    while (reader.hasNextElement()) {
      list.add(value());
    }
    reader.endArray();
    return list;
  }

  private static Object number(String number) {
    try {
      return Long.valueOf(number);
    } catch (NumberFormatException e) { // a fraction, an exponent, or too long
      return Double.valueOf(number);
    }
  }
}
