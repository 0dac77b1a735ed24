package jontainers.cli;

import io.avaje.jsonb.Jsonb;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/// JSON as Docker's commands print it.
final class Json {
  private static final Jsonb COMPACT =
      Jsonb.builder().serializeNulls(true).serializeEmpty(true).build();

  private Json() {}

  /// An object with known fields, in their order: asking for another is a mistake, other than with
  /// a map that users fill.
  static final class Fields extends LinkedHashMap<String, @Nullable Object> {
    private static final long serialVersionUID = 1L;

    /// Add a field.
    Fields with(String name, @Nullable Object value) {
      put(name, value);
      return this;
    }
  }

  /// Write maps, lists, strings, numbers and booleans on one line.
  static String line(@Nullable Object tree) {
    return tree == null ? "null" : COMPACT.type(Object.class).toJson(tree);
  }

  /// Write them on several lines.
  static String pretty(@Nullable Object tree) {
    return tree == null ? "null" : COMPACT.type(Object.class).toJsonPretty(tree);
  }
}
