package jontainers.cli;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// JSON as Docker's commands print it: RFC 8259, with escapes for all that is not printable.
final class Json {
  private static final String INDENT = "    ";

  private final boolean pretty;
  private final StringBuilder out = new StringBuilder();

  private Json(boolean pretty) {
    this.pretty = pretty;
  }

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
    return VisibleText.json(new Json(false).value(tree, 0).out.toString());
  }

  /// Write them on several lines, four blanks for each level.
  static String pretty(@Nullable Object tree) {
    return VisibleText.json(new Json(true).value(tree, 0).out.toString());
  }

  private Json value(@Nullable Object value, int level) {
    switch (value) {
      case null -> out.append("null");
      case Number number -> out.append(number);
      case Boolean truth -> out.append(truth.booleanValue());
      case Map<?, ?> map -> object(map, level);
      case Collection<?> list -> array(list, level);
      default -> string(value.toString());
    }
    return this;
  }

  private void object(Map<?, ?> map, int level) {
    out.append('{');
    String separator = "";
    for (var entry : map.entrySet()) {
      out.append(separator);
      newLine(level + 1);
      string(String.valueOf(entry.getKey()));
      out.append(pretty ? ": " : ":");
      value(entry.getValue(), level + 1);
      separator = ",";
    }
    if (!map.isEmpty()) {
      newLine(level);
    }
    out.append('}');
  }

  private void array(Collection<?> list, int level) {
    out.append('[');
    String separator = "";
    for (Object item : list) {
      out.append(separator);
      newLine(level + 1);
      value(item, level + 1);
      separator = ",";
    }
    if (!list.isEmpty()) {
      newLine(level);
    }
    out.append(']');
  }

  private void newLine(int level) {
    if (pretty) {
      out.append('\n').repeat(INDENT, level);
    }
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> out.append(c); // VisibleText.json escapes the rest
      }
    }
    out.append('"');
  }
}
