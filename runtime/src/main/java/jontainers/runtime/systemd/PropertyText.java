package jontainers.runtime.systemd;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Read a value as annotations write it: `'text'`, `true`, `42`, `uint64 42`, `['one', 'two']`, the
/// part of GVariant's text format that properties of units need.
///
/// Confined to one thread, and used once.
final class PropertyText {
  private static final int LONGEST = 64 * 1024;

  private final String text;
  private int at;

  private PropertyText(String text) {
    this.text = text;
  }

  /// Read one value.
  ///
  /// @throws IllegalArgumentException where it is none, with the place
  static Value parse(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException("a value of more than " + LONGEST + " characters");
    }
    var reader = new PropertyText(text);
    var value = reader.value();
    reader.skipBlanks();
    if (reader.at < text.length()) {
      throw reader.expected("the end");
    }
    return value;
  }

  private Value value() {
    skipBlanks();
    if (at >= text.length()) {
      throw expected("a value");
    }
    char first = text.charAt(at);
    return first == '[' ? list() : scalar(first);
  }

  private Value scalar(char first) {
    if (first == '\'' || first == '"') {
      return new Value.Text(quoted(first));
    }
    if (first == '@') {
      at++;
      return typed(typeOf(word()));
    }
    String word = word();
    return switch (word) {
      case "true" -> new Value.Truth(true);
      case "false" -> new Value.Truth(false);
      case "boolean", "byte", "int16", "uint16", "int32", "uint32", "int64", "uint64", "double" ->
          typed(word);
      case "string", "objectpath", "signature" -> typed(word);
      default -> number(word, "int32");
    };
  }

  private static String typeOf(String signature) {
    return switch (signature) {
      case "b" -> "boolean";
      case "y" -> "byte";
      case "n" -> "int16";
      case "q" -> "uint16";
      case "i" -> "int32";
      case "u" -> "uint32";
      case "x" -> "int64";
      case "t" -> "uint64";
      case "d" -> "double";
      case "s" -> "string";
      case "o" -> "objectpath";
      case "g" -> "signature";
      case "as", "au", "at", "ay", "ai", "ax", "ab" -> "a" + typeOf(signature.substring(1));
      default -> throw new IllegalArgumentException("the type \"" + signature + "\" is not known");
    };
  }

  /// Read a value of the type that has been named before it.
  private Value typed(String type) {
    skipBlanks();
    return switch (type) {
      case "string" -> new Value.Text(quoted());
      case "objectpath" -> new Value.ObjectPath(quoted());
      case "signature" -> new Value.TypeName(quoted());
      case "boolean" -> truth(word());
      default -> type.startsWith("a") ? elements(type.substring(1)) : number(word(), type);
    };
  }

  private Value truth(String word) {
    return switch (word) {
      case "true" -> new Value.Truth(true);
      case "false" -> new Value.Truth(false);
      default -> throw expected("true or false");
    };
  }

  private Value number(String word, String type) {
    try {
      return switch (type) {
        case "byte" -> new Value.Octet((byte) within(word, 0, 255));
        case "int16" -> new Value.Int16((short) within(word, Short.MIN_VALUE, Short.MAX_VALUE));
        case "uint16" -> new Value.Uint16((short) within(word, 0, 65_535));
        case "uint32" -> new Value.Uint32((int) within(word, 0, 0xffffffffL));
        case "int64" -> new Value.Int64(within(word, Long.MIN_VALUE, Long.MAX_VALUE));
        case "uint64" ->
            new Value.Uint64(
                isHexadecimal(word)
                    ? Long.parseUnsignedLong(word, 2, word.length(), 16)
                    : Long.parseUnsignedLong(word));
        case "double" -> new Value.Real(Double.parseDouble(word));
        default ->
            word.indexOf('.') >= 0
                ? new Value.Real(Double.parseDouble(word))
                : new Value.Int32((int) within(word, Integer.MIN_VALUE, Integer.MAX_VALUE));
      };
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "\"" + word + "\" is no " + type + " in \"" + text + "\"", e);
    }
  }

  private static long within(String word, long least, long most) {
    long value =
        isHexadecimal(word) ? Long.parseLong(word, 2, word.length(), 16) : Long.parseLong(word);
    if (value < least || value > most) {
      throw new NumberFormatException(word);
    }
    return value;
  }

  private static boolean isHexadecimal(String word) {
    return word.toLowerCase(Locale.ROOT).startsWith("0x") && word.length() > 2;
  }

  /// A list takes its type from its first element; an empty one has to name it: `@as []`.
  private Value list() {
    int start = at;
    at++;
    skipBlanks();
    if (at < text.length() && text.charAt(at) == ']') {
      throw new IllegalArgumentException("an empty list needs its type: @as []");
    }
    at = start;
    return elements("");
  }

  private Value elements(String type) {
    if (at >= text.length() || text.charAt(at) != '[') {
      throw expected("[");
    }
    at++;
    var values = new ArrayList<Value>();
    skipBlanks();
    while (at < text.length() && text.charAt(at) != ']') {
      if (!values.isEmpty()) {
        if (text.charAt(at) != ',') {
          throw expected(", or ]");
        }
        at++;
        skipBlanks();
      }
      boolean first = type.isEmpty() && values.isEmpty();
      String wanted = type.isEmpty() && !first ? typeOf(values.getFirst().signature()) : type;
      values.add(element(wanted));
      skipBlanks();
    }
    if (at >= text.length()) {
      throw expected("]");
    }
    at++;
    return new Value.ListOf(
        values.isEmpty() ? signatureOf(type) : values.getFirst().signature(), values);
  }

  private Value element(String type) {
    if (at >= text.length() || text.charAt(at) == '[') {
      throw expected("a value that is no list");
    }
    return type.isEmpty() ? scalar(text.charAt(at)) : typed(type);
  }

  private static String signatureOf(String type) {
    for (String signature : List.of("b", "y", "n", "q", "i", "u", "x", "t", "d", "s", "o", "g")) {
      if (typeOf(signature).equals(type)) {
        return signature;
      }
    }
    throw new IllegalArgumentException("the type \"" + type + "\" is not known");
  }

  private String quoted() {
    char quote = at < text.length() ? text.charAt(at) : ' ';
    if (quote != '\'' && quote != '"') {
      throw expected("a text in quotes");
    }
    return quoted(quote);
  }

  private String quoted(char quote) {
    var value = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char character = text.charAt(at);
      if (character == quote) {
        at++;
        return value.toString();
      }
      if (character == '\\') {
        at++;
        value.append(at < text.length() ? escaped(text.charAt(at)) : "");
      } else {
        value.append(character);
      }
    }
    throw expected("the quote " + quote);
  }

  private char escaped(char character) {
    return switch (character) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'u' -> unicode();
      default -> character;
    };
  }

  private char unicode() {
    try {
      char character = (char) Integer.parseInt(text, at + 1, at + 5, 16);
      at += 4;
      return character;
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          "\\u needs four hexadecimal digits in \"" + text + "\"", e);
    }
  }

  private String word() {
    int start = at;
    while (at < text.length() && isOfWord(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw expected("a value");
    }
    return text.substring(start, at);
  }

  private static boolean isOfWord(char character) {
    return (character >= '0' && character <= '9')
        || (character >= 'a' && character <= 'z')
        || (character >= 'A' && character <= 'Z')
        || "+-._".indexOf(character) >= 0;
  }

  private void skipBlanks() {
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
    }
  }

  private IllegalArgumentException expected(String what) {
    return new IllegalArgumentException(
        what + " is expected at character " + at + " of \"" + text + "\"");
  }
}
