package jontainers.image.registry;

import io.avaje.jsonb.Jsonb;
import java.util.LinkedHashMap;
import java.util.Map;
import jontainers.oci.JsonTree;
import jontainers.oci.OciFormatException;
import org.jspecify.annotations.Nullable;

/// JSON of small documents that are not OCI's: answers of token services, Docker's config.json.
final class JsonText {
  private JsonText() {}

  /// Read an object; empty where the text is something else.
  static Map<String, @Nullable Object> object(String json) {
    try {
      return map(JsonTree.parse(json));
    } catch (OciFormatException e) {
      return new LinkedHashMap<>();
    }
  }

  /// Return a copy of an object; empty where it is something else.
  static Map<String, @Nullable Object> map(@Nullable Object tree) {
    var copy = new LinkedHashMap<String, @Nullable Object>();
    if (tree instanceof Map<?, ?> map) {
      map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    }
    return copy;
  }

  /// Return a string; empty where it is something else.
  static String text(@Nullable Object tree) {
    return tree instanceof String text ? text : "";
  }

  static String write(Object tree) {
    return Jsonb.builder().build().toJsonPretty(tree);
  }
}
