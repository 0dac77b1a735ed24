package jontainers.linux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/// Carry bytes in strings: what the kernel calls a string is bytes, mostly of UTF-8.
///
/// Bytes that are no UTF-8 stand in a string as lone low surrogates, U+DC80 to U+DCFF, one for each
/// byte, as Python's `surrogateescape` has it (PEP 383). Decoding and encoding gives the same bytes
/// again, in every locale.
public final class RawText {
  private static final char FIRST = '\udc80';
  private static final char LAST = '\udcff';
  private static final Pattern SLASHES = Pattern.compile("/+");

  private RawText() {}

  /// Turn bytes into a string.
  public static String decode(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    return text.indexOf('\ufffd') < 0 ? text : decodeByPieces(bytes);
  }

  /// Turn some of these bytes into a string.
  public static String decode(byte[] bytes, int offset, int length) {
    return decode(Arrays.copyOfRange(bytes, offset, offset + length));
  }

  private static String decodeByPieces(byte[] bytes) {
    var decoder = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT);
    var in = ByteBuffer.wrap(bytes);
    var out = CharBuffer.allocate(bytes.length);
    while (decoder.decode(in, out, true).isMalformed()) {
      out.put((char) (0xdc00 | (in.get() & 0xff)));
      decoder.reset();
    }
    return out.flip().toString();
  }

  /// Turn a string into bytes. Other halves of surrogate pairs are no text: each is a `?`.
  public static byte[] encode(String text) {
    if (isUnicode(text)) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    var bytes = new ByteArrayOutputStream(text.length());
    text.codePoints()
        .forEach(c -> {
          if (c >= FIRST && c <= LAST) {
            bytes.write(c);
          } else {
            bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
          }
        });
    return bytes.toByteArray();
  }

  /// Tell whether a string has only characters, and so can stand in a document of UTF-8.
  public static boolean isUnicode(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= LAST);
      }
    }
    return true;
  }

  /// Return the path of these bytes.
  ///
  /// A path of java.nio.file holds bytes, but makes them of a string in the JVM's locale; in the
  /// locale C it takes ASCII only. A URI gives it any.
  public static Path path(String text) {
    if (isAscii(text)) {
      return Path.of(text);
    }
    var uri = new StringBuilder("file://");
    if (!text.startsWith("/")) {
      uri.append('/');
    }
    for (byte b : encode(SLASHES.matcher(text).replaceAll("/"))) {
      if (b == 0) {
        throw new java.nio.file.InvalidPathException(text, "Nul character not allowed");
      }
      if (b == '/') {
        uri.append('/');
      } else {
        uri.append('%').append(HexFormat.of().toHexDigits(b));
      }
    }
    var path = Path.of(URI.create(uri.toString()));
    return text.startsWith("/") ? path : path.subpath(0, path.getNameCount());
  }

  /// Return the bytes of a path.
  public static String of(Path path) {
    String text = path.toString();
    if (isAscii(text)) {
      return text;
    }
    String uri = Path.of("/").resolve(path).toUri().getRawPath();
    var bytes = new ByteArrayOutputStream(uri.length());
    for (int i = 0; i < uri.length(); i++) {
      if (uri.charAt(i) == '%') {
        bytes.write(HexFormat.fromHexDigits(uri, i + 1, i + 3));
        i += 2;
      } else {
        bytes.write(uri.charAt(i));
      }
    }
    String decoded = decode(bytes.toByteArray());
    // of what is a directory now the URI ends with a slash
    int end = decoded.endsWith("/") ? decoded.length() - 1 : decoded.length();
    return decoded.substring(path.isAbsolute() ? 0 : 1, end);
  }

  /// Read a file, such as one of /proc that has names of others in it.
  public static String read(Path file) throws IOException {
    try (var stream = Fd.open(file, Fd.O_RDONLY).inputStream()) {
      return decode(stream.readAllBytes());
    }
  }

  /// Read a file that has strings with a NUL behind each, such as /proc/self/cmdline.
  public static List<String> readStrings(Path file) throws IOException {
    String text = read(file);
    var strings = new ArrayList<String>();
    for (int from = 0, end; (end = text.indexOf('\0', from)) >= 0; from = end + 1) {
      strings.add(text.substring(from, end));
    }
    return strings;
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }
}
