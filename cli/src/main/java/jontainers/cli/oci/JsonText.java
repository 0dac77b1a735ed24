package jontainers.cli.oci;

import java.util.List;
import java.util.stream.Collectors;
import jontainers.cli.VisibleText;

/// Write small JSON texts without a library: RFC 8259.
final class JsonText {
  private JsonText() {}

  static String quoted(String text) {
    var json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> json.append('\\').append(c);
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> json.append(c); // VisibleText.json escapes the rest
      }
    }
    return VisibleText.json(json.append('"').toString());
  }

  static String strings(List<String> texts) {
    return texts.stream().map(JsonText::quoted).collect(Collectors.joining(",", "[", "]"));
  }

  static String numbers(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
  }
}
