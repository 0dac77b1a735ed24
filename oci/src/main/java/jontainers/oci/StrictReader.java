package jontainers.oci;

import io.avaje.json.JsonException;
import io.avaje.json.JsonReader;
import io.avaje.json.PropertyNames;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Read JSON as RFC 8259 has it and nothing else, so that every reader of the same bytes sees the
/// same document.
///
/// The library's own reader takes a field for another of the same 32-bit hash, the last of two
/// equal names, what lacks a comma, and a beginning for the whole. Go's encoding/json, which most
/// others use, takes `Layers` for `layers`. A document that they could read otherwise is refused:
/// CVE-2021-41190. Names are compared after their escapes are decoded.
///
/// What is no such text throws [NotStrict]; a value of another type than asked for is another
/// [JsonException]. Confined to one thread.
final class StrictReader implements JsonReader {
  /// Nothing that is read here is nested as deep; values are skipped by recursion.
  private static final int DEEPEST = 512;

  /// Longer numbers stand in no document; big ones cost the square of their length.
  private static final int LONGEST_NUMBER = 400;

  /// The text is not what everybody reads in the same way.
  static final class NotStrict extends JsonException {
    private static final long serialVersionUID = 1L;

    NotStrict(String message) {
      super(message);
    }
  }

  /// An object or an array that is being read.
  ///
  /// @param known the fields of an object; none where names are content, as in a map
  /// @param seen the names so far
  private record Open(FieldNames known, Set<String> seen) {}

  private final byte[] json;
  private final Map<PropertyNames, FieldNames> fields;
  private final boolean raw;
  private final Deque<Open> open = new ArrayDeque<>();
  private boolean fresh;
  private int at;

  /// @param json in UTF-8, which is checked before
  /// @param fields the names that stand for each object with known fields
  /// @param raw whether strings may have bytes that are no UTF-8, as [RawStrings] writes them
  StrictReader(byte[] json, Map<PropertyNames, FieldNames> fields, boolean raw) {
    this.json = json;
    this.fields = fields;
    this.raw = raw;
  }

  /// Require the end of the text.
  void end() {
    if (peek() >= 0) {
      throw invalid("something follows the document");
    }
  }

  @Override
  public void beginObject(PropertyNames names) {
    begin('{', "an object", fields.getOrDefault(names, FieldNames.NONE));
  }

  @Override
  public void beginObject() {
    begin('{', "an object", FieldNames.NONE);
  }

  @Override
  public void beginArray() {
    begin('[', "an array", FieldNames.NONE);
  }

  private void begin(char bracket, String what, FieldNames known) {
    if (peek() != bracket) {
      throw not(what);
    }
    if (open.size() == DEEPEST) {
      throw invalid("nested deeper than " + DEEPEST);
    }
    at++;
    fresh = true;
    open.push(new Open(known, bracket == '{' ? new HashSet<>() : Set.of()));
  }

  @Override
  public boolean hasNextField() {
    return hasNext('}');
  }

  @Override
  public boolean hasNextElement() {
    return hasNext(']');
  }

  private boolean hasNext(char bracket) {
    int next = peek();
    boolean first = fresh;
    fresh = false;
    if (next == bracket) {
      return false;
    }
    if (!first) {
      if (next != ',') {
        throw invalid("',' or '" + bracket + "' expected");
      }
      at++;
      if (peek() == bracket) {
        throw invalid("nothing follows a ','");
      }
    }
    return true;
  }

  @Override
  public void endObject() {
    end('}');
  }

  @Override
  public void endArray() {
    end(']');
  }

  private void end(char bracket) {
    if (peek() != bracket) {
      throw invalid("'" + bracket + "' expected");
    }
    at++;
    fresh = false;
    open.pop();
  }

  @Override
  public String nextField() {
    if (peek() != '"') {
      throw invalid("the name of a field expected");
    }
    String name = string();
    if (peek() != ':') {
      throw invalid("':' expected");
    }
    at++;
    var object = open.element();
    if (!object.seen.add(name)) {
      throw new NotStrict("the field " + FieldNames.quoted(name) + " is there twice");
    }
    object.known.requireDistinct(name);
    return name;
  }

  @Override
  public boolean isNullValue() {
    if (peek() != 'n') {
      return false;
    }
    word("null");
    return true;
  }

  @Override
  public boolean readBoolean() {
    int next = peek();
    if (isNullValue()) {
      return false;
    }
    if (next != 't' && next != 'f') {
      throw not("true or false");
    }
    word(next == 't' ? "true" : "false");
    return next == 't';
  }

  @Override
  public int readInt() {
    long value = readLong();
    if (value != (int) value) {
      throw not("a number of 32 bits");
    }
    return (int) value;
  }

  @Override
  public long readLong() {
    if (isNullValue()) { // as Go has it
      return 0;
    }
    try {
      return Long.parseLong(whole());
    } catch (NumberFormatException e) {
      throw not("a number of 64 bits");
    }
  }

  @Override
  public BigInteger readBigInteger() {
    return new BigInteger(whole());
  }

  @Override
  public double readDouble() {
    return isNullValue() ? 0 : Double.parseDouble(number());
  }

  @Override
  public BigDecimal readDecimal() {
    return new BigDecimal(number());
  }

  /// Read a number that has neither a fraction nor an exponent.
  private String whole() {
    String number = number();
    if (!number.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'))) {
      throw not("a whole number");
    }
    return number;
  }

  private String number() {
    int next = peek();
    if (next != '-' && (next < '0' || next > '9')) {
      throw not("a number");
    }
    int start = at;
    skipNumber();
    if (at - start > LONGEST_NUMBER) {
      throw not("a number of less than " + LONGEST_NUMBER + " digits");
    }
    return text(start);
  }

  private void skipNumber() {
    if (json[at] == '-') {
      at++;
    }
    if (byteAt(at) == '0') {
      at++;
    } else {
      skipDigits();
    }
    if (byteAt(at) == '.') {
      at++;
      skipDigits();
    }
    if (byteAt(at) == 'e' || byteAt(at) == 'E') {
      at++;
      if (byteAt(at) == '+' || byteAt(at) == '-') {
        at++;
      }
      skipDigits();
    }
  }

  private void skipDigits() {
    int start = at;
    while (byteAt(at) >= '0' && byteAt(at) <= '9') {
      at++;
    }
    if (at == start) {
      throw invalid("a digit expected");
    }
  }

  @Override
  public String readString() {
    if (peek() != '"') {
      throw not("a string");
    }
    return string();
  }

  private String string() {
    int start = ++at;
    while (byteAt(at) != '"') {
      if (byteAt(at) == '\\') {
        return escaped(start);
      }
      requireInString();
      at++;
    }
    at++;
    return new String(json, start, at - 1 - start, StandardCharsets.UTF_8);
  }

  private void requireInString() {
    if (at >= json.length) {
      throw invalid("a string has no end");
    }
    if (json[at] >= 0 && json[at] < ' ') {
      throw invalid("a control character in a string");
    }
  }

  /// Read a string that has escapes; `at` is at the first.
  private String escaped(int start) {
    var text = new StringBuilder(text(start));
    while (byteAt(at) != '"') {
      if (byteAt(at) == '\\') {
        text.append(escape());
      } else {
        int plain = at;
        while (byteAt(at) != '"' && byteAt(at) != '\\') {
          requireInString();
          at++;
        }
        text.append(text(plain));
      }
    }
    at++;
    requirePairs(text);
    return text.toString();
  }

  private char escape() {
    at += 2;
    return switch (byteAt(at - 1)) {
      case '"' -> '"';
      case '\\' -> '\\';
      case '/' -> '/';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> codeUnit();
      default -> throw invalid("a wrong escape");
    };
  }

  private char codeUnit() {
    int value = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(Math.max(0, byteAt(at++)), 16);
      if (digit < 0) {
        throw invalid("a wrong escape");
      }
      value = value << 4 | digit;
    }
    if (value == 0) {
      throw new NotStrict("it has a NUL character");
    }
    return (char) value;
  }

  /// Half a surrogate pair is no character: there is no way to write it again (RFC 8259, section
  /// 8.2).
  private void requirePairs(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      boolean isByte = raw && text.charAt(i) >= 0xdc80 && text.charAt(i) <= 0xdcff;
      if (Character.isSurrogate(text.charAt(i)) && !isByte) {
        boolean pair =
            i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
        if (!pair) {
          throw new NotStrict("it has half a surrogate pair");
        }
        i++;
      }
    }
  }

  /// Skip a value, which has to be as strict as one that is read.
  @Override
  public void skipValue() {
    switch (peek()) {
      case '{' -> {
        beginObject();
        while (hasNextField()) {
          var _ = nextField();
          skipValue();
        }
        endObject();
      }
      case '[' -> {
        beginArray();
        while (hasNextElement()) {
          skipValue();
        }
        endArray();
      }
      case '"' -> {
        var _ = string();
      }
      case 't' -> word("true");
      case 'f' -> word("false");
      case 'n' -> word("null");
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> skipNumber();
      default -> throw invalid("a value expected");
    }
  }

  @Override
  public String readRaw() {
    var _ = peek();
    int start = at;
    skipValue();
    return text(start);
  }

  @Override
  public byte[] readBinary() {
    try {
      return Base64.getDecoder().decode(readString());
    } catch (IllegalArgumentException e) {
      throw new JsonException(e);
    }
  }

  @Override
  public Token currentToken() {
    return switch (peek()) {
      case '[' -> Token.BEGIN_ARRAY;
      case '{' -> Token.BEGIN_OBJECT;
      case '"' -> Token.STRING;
      case 't', 'f' -> Token.BOOLEAN;
      case 'n' -> Token.NULL;
      default -> Token.NUMBER;
    };
  }

  private void word(String word) {
    byte[] bytes = word.getBytes(StandardCharsets.US_ASCII);
    int end = Math.min(json.length, at + bytes.length);
    if (!Arrays.equals(json, at, end, bytes, 0, bytes.length)) {
      throw invalid(word + " expected");
    }
    at = end;
  }

  /// Skip white space and return the byte that follows, -1 at the end.
  private int peek() {
    while (at < json.length
        && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
      at++;
    }
    return at < json.length ? json[at] & 0xff : -1;
  }

  private int byteAt(int place) {
    return place < json.length ? json[place] : -1;
  }

  private String text(int start) {
    return new String(json, start, at - start, StandardCharsets.UTF_8);
  }

  private static JsonException not(String what) {
    return new JsonException("is not " + what);
  }

  private NotStrict invalid(String why) {
    String where = at >= json.length ? " at the end" : " at byte " + at;
    return new NotStrict(why + where);
  }

  @Override
  public String location() {
    return "byte " + at;
  }

  @Override
  public void unmappedField(String name) {
    // others may know it
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    throw new UnsupportedOperationException("there is no other reader below");
  }

  @Override
  public void close() {
    // holds nothing
  }
}
