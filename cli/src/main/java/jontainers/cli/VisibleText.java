package jontainers.cli;

/// Show text that an image, a container, a registry or a file name brings, so that it only says
/// what it says: it moves no cursor, answers nothing, and begins no line of its own.
///
/// What is not printable stands as its escape: control characters (C0, DEL, C1), formats such as
/// those that turn the direction of writing, separators of lines, private and unassigned ones, and
/// halves of surrogate pairs, bytes that are no UTF-8 among them (`\xff`). All letters, marks,
/// digits, signs and blanks stay.
public final class VisibleText {
  private static final int ASCII_END = 0x80;
  private static final int DELETE = 0x7f;
  private static final int RAW_START = 0xdc80; // RawText
  private static final int RAW_END = 0xdcff;

  private VisibleText() {}

  /// Show a text on one line: a cell of a table, an error.
  public static String line(String text) {
    return shown(text, false, "");
  }

  /// Show a text of several lines, with its tabulators.
  public static String lines(String text) {
    return shown(text, false, "\n\t");
  }

  /// Escape in JSON what is not printable, which can only stand in its strings; the value is the
  /// same.
  public static String json(String json) {
    return shown(json, true, "\n");
  }

  private static String shown(String text, boolean json, String kept) {
    if (isVisible(text)) {
      return text;
    }
    var shown = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(c -> {
          if (isVisible(c) || kept.indexOf(c) >= 0) {
            shown.appendCodePoint(c);
          } else if (json) {
            for (char unit : Character.toChars(c)) {
              shown.append("\\u%04x".formatted((int) unit));
            }
          } else {
            escape(c, shown);
          }
        });
    return shown.toString();
  }

  /// Quote as strconv.Quote of Go does, and with it Docker's `ps`.
  public static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(c -> {
          boolean printable = c == ' ' || (isVisible(c) && !Character.isSpaceChar(c));
          if (c == '"' || c == '\\') {
            quoted.append('\\').append((char) c);
          } else if (printable) {
            quoted.appendCodePoint(c);
          } else {
            escape(c, quoted);
          }
        });
    return quoted.append('"').toString();
  }

  /// Cut a text to so many characters, the last of which then is an ellipsis.
  static String cut(String text, int most) {
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
  }

  private static void escape(int c, StringBuilder to) {
    switch (c) {
      case 7 -> to.append("\\a");
      case '\b' -> to.append("\\b");
      case '\f' -> to.append("\\f");
      case '\n' -> to.append("\\n");
      case '\r' -> to.append("\\r");
      case '\t' -> to.append("\\t");
      case 11 -> to.append("\\v");
      default -> {
        if (c >= RAW_START && c <= RAW_END) { // a byte that is no UTF-8
          to.append("\\x%02x".formatted(c & 0xff));
          return;
        }
        to.append((c < ASCII_END ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
      }
    }
  }

  private static boolean isVisible(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c >= DELETE) {
        return text.codePoints().allMatch(VisibleText::isVisible);
      }
    }
    return true;
  }

  private static boolean isVisible(int c) {
    if (c < ASCII_END) {
      return c >= ' ' && c < DELETE;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
