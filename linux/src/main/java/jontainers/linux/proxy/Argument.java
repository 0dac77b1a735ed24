package jontainers.linux.proxy;

import java.util.List;
import java.util.Objects;
import jontainers.linux.RawText;

/// Say what one argument of a [Call] is: a number, or memory that the frame brings along.
///
/// Each prints itself as strace(1) would.
public sealed interface Argument {

  /// Pass a number; `text` is how a reader knows it (`MS_BIND`), empty for the digits.
  record Value(long value, String text) implements Argument {
    @Override
    public String toString() {
      return text.isEmpty() ? Long.toString(value) : text;
    }
  }

  /// Pass the address of a NUL-terminated string.
  record Text(byte[] bytes) implements Argument {
    public Text {
      for (byte b : bytes) {
        if (b == 0) {
          throw new IllegalArgumentException("a NUL byte in " + quoted(bytes));
        }
      }
      bytes = bytes.clone();
    }

    @Override
    public String toString() {
      return quoted(bytes);
    }

    private static String quoted(byte[] bytes) {
      var text = new StringBuilder("\"");
      RawText.decode(bytes)
          .codePoints()
          .forEach(c -> {
            switch (c) {
              case '\n' -> text.append("\\n");
              case '\t' -> text.append("\\t");
              case '"', '\\' -> text.append('\\').appendCodePoint(c);
              default -> {
                if (c < ' ' || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                  text.append("\\%03o".formatted(c & 0xff));
                } else {
                  text.appendCodePoint(c);
                }
              }
            }
          });
      return text.append('"').toString();
    }
  }

  /// Pass the address of a NULL-terminated array of strings, as execve(2) takes two.
  record Texts(List<Text> texts) implements Argument {
    public Texts {
      texts = List.copyOf(texts);
    }

    @Override
    public String toString() {
      return texts.size() > 8
          ? "[" + texts.getFirst() + ", … " + texts.size() + " strings]"
          : texts.toString();
    }
  }

  /// Pass the address of a structure: bytes, or addresses of further arguments, one after the
  /// other. The kernel may write into it. Two equal structures of one frame share their memory only
  /// when they are the same object.
  final class Struct implements Argument {
    private final List<Object> parts;
    private final String text;

    private Struct(String text, List<Object> parts) {
      this.text = text;
      this.parts = parts;
    }

    /// Make a structure.
    ///
    /// @param text what strace would print for it
    /// @param parts `byte[]` or [Argument], each of a multiple of its own alignment
    public static Struct of(String text, Object... parts) {
      for (Object part : parts) {
        if (!(part instanceof byte[]) && !(part instanceof Argument)) {
          throw new IllegalArgumentException("neither bytes nor an argument: " + part);
        }
      }
      return new Struct(text, List.of(parts));
    }

    List<Object> parts() {
      return parts;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /// Pass the int that lies at an offset in a structure when the call is made: a descriptor that an
  /// earlier call has stored there (pipe2(2)).
  record Loaded(Struct from, int offset) implements Argument {
    @Override
    public String toString() {
      return from + "[" + offset + "]";
    }
  }

  /// Pass the address of a place in a structure, for a call that reads one word of what an earlier
  /// call has stored there.
  record Within(Struct of, int offset) implements Argument {
    @Override
    public String toString() {
      return "&" + of + "[" + offset + "]";
    }
  }

  /// Pass the result of an earlier call of the same [Sequence], counted from 0.
  record Result(int call) implements Argument {
    @Override
    public String toString() {
      return "result " + call;
    }
  }

  /// Pass the address of the frame itself, so that a proxy can reply before it comes to its end.
  record OwnFrame() implements Argument {
    @Override
    public String toString() {
      return "frame";
    }
  }

  /// Pass the length of the frame's reply.
  record ReplyLength() implements Argument {
    @Override
    public String toString() {
      return "length";
    }
  }

  /// Make a number that prints as its digits.
  static Argument of(long value) {
    return new Value(value, "");
  }

  /// Make a number with the name a reader knows it by.
  static Argument of(long value, String text) {
    return new Value(value, text);
  }

  /// Make a string of what [RawText] has.
  static Argument of(String text) {
    return new Text(RawText.encode(Objects.requireNonNull(text)));
  }
}
