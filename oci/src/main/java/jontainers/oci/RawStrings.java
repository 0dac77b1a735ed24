package jontainers.oci;

import io.avaje.json.JsonWriter;
import io.avaje.json.stream.JsonStream;
import io.avaje.jsonb.JsonType;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/// Write documents with values of bytes that are no UTF-8: a file name, an argument.
///
/// Such a byte is half a surrogate pair in a string, U+DC80 to U+DCFF, and an escape in the
/// document: `"\\udcff"`. For documents of ours, and states that hooks read; none that is exchanged
/// may have it (RFC 8259, section 8.2).
final class RawStrings {
  private RawStrings() {}

  /// Write a document.
  ///
  /// @param stream whose writers decide what is left out
  static <T> byte[] json(JsonType<T> type, T document, JsonStream stream) {
    var out = new ByteArrayOutputStream();
    try (var plain = stream.writer(out)) {
      type.toJson(document, escaping(plain));
    }
    return out.toByteArray();
  }

  /// The library's writer refuses them.
  private static JsonWriter escaping(JsonWriter plain) {
    return (JsonWriter)
        Proxy.newProxyInstance(
            JsonWriter.class.getClassLoader(),
            new Class<?>[] {JsonWriter.class},
            (_, method, arguments) -> {
              if (method.getName().equals("value")
                  && arguments[0] instanceof String text
                  && hasHalves(text)) {
                plain.rawValue(quoted(text));
                return null;
              }
              try {
                return method.invoke(plain, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  static boolean hasHalves(String text) {
    return text.codePoints().anyMatch(RawStrings::isHalf);
  }

  private static boolean isHalf(int c) {
    return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
  }

  private static String quoted(String text) {
    var json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c >= ' ' && c < 0x7f) {
        json.append(c);
      } else {
        json.append("\\u%04x".formatted((int) c));
      }
    }
    return json.append('"').toString();
  }
}
