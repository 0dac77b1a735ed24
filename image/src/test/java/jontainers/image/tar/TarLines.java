package jontainers.image.tar;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import jontainers.linux.Xattr;

/// Describe what the reader finds in an archive as trees.py does with what Python finds in it.
final class TarLines {
  private static final int PIECE = 1 << 20;

  private TarLines() {}

  static List<String> of(Path file) throws Exception {
    var lines = new ArrayList<String>();
    try (var in = Files.newInputStream(file)) {
      var reader = new TarReader(in);
      for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
        lines.add(line(reader, entry.get()));
      }
    }
    lines.sort(null);
    return lines;
  }

  private static String line(TarReader reader, TarEntry entry) throws Exception {
    var numbers = entry.attributes();
    return String.join(
        "\t",
        escaped(withoutSlash(entry.name())),
        kind(entry.type()),
        "0o" + Integer.toOctalString(numbers.mode()),
        Long.toString(numbers.uid()),
        Long.toString(numbers.gid()),
        Long.toString(entry.size()),
        time(numbers),
        escaped(entry.link()),
        entry.type() == TarType.CHARACTER_DEVICE || entry.type() == TarType.BLOCK_DEVICE
            ? numbers.major() + ":" + numbers.minor()
            : "",
        entry.type() == TarType.FILE ? content(reader, entry) : "",
        xattrs(entry.xattrs()));
  }

  private static byte[] withoutSlash(byte[] name) {
    int end = name.length;
    while (end > 0 && name[end - 1] == '/') {
      end--;
    }
    return Arrays.copyOf(name, end);
  }

  /// Python writes seconds before 1970 with the fraction as it stands in the record.
  private static String time(TarAttributes numbers) {
    boolean negative = numbers.mtimeSeconds() < 0;
    int nanos = numbers.mtimeNanos();
    long seconds = numbers.mtimeSeconds() + (negative && nanos > 0 ? 1 : 0);
    int fraction = negative && nanos > 0 ? 1_000_000_000 - nanos : nanos;
    String sign = negative && seconds == 0 ? "-" : "";
    return sign + seconds + "." + Integer.toString(1_000_000_000 + fraction).substring(1);
  }

  private static String kind(TarType type) {
    return switch (type) {
      case FILE -> "f";
      case HARD_LINK -> "h";
      case SYMBOLIC_LINK -> "l";
      case CHARACTER_DEVICE -> "c";
      case BLOCK_DEVICE -> "b";
      case DIRECTORY -> "d";
      case FIFO -> "p";
      case EXTENDED, GLOBAL, GNU_LONG_NAME, GNU_LONG_LINK ->
          throw new AssertionError("a reader returned " + type);
    };
  }

  private static String xattrs(List<Xattr> xattrs) {
    return String.join(
        ",",
        xattrs.stream()
            .map(x -> escaped(x.name()) + "=" + HexFormat.of().formatHex(x.value()))
            .sorted()
            .toList());
  }

  private static String content(TarReader reader, TarEntry entry)
      throws IOException, NoSuchAlgorithmException {
    var digest = MessageDigest.getInstance("SHA-256");
    var data = entry.data();
    if (data == null) {
      digest.update(stripped(read(reader, entry.size())));
    } else {
      for (int i = 0; i < data.count(); i++) {
        for (long left = data.length(i); left > 0; left -= PIECE) {
          digest.update(stripped(read(reader, Math.min(left, PIECE))));
        }
      }
    }
    if (reader.read(new byte[1], 0, 1) != -1) {
      throw new AssertionError("more data than there should be");
    }
    return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
  }

  private static byte[] read(TarReader reader, long length) throws IOException {
    byte[] bytes = new byte[(int) length];
    for (int done = 0; done < bytes.length; ) {
      done += reader.read(bytes, done, bytes.length - done);
    }
    return bytes;
  }

  private static byte[] stripped(byte[] bytes) {
    int from = 0;
    int to = bytes.length;
    while (from < to && bytes[from] == 0) {
      from++;
    }
    while (to > from && bytes[to - 1] == 0) {
      to--;
    }
    return Arrays.copyOfRange(bytes, from, to);
  }

  private static String escaped(byte[] bytes) {
    var text = new StringBuilder();
    for (byte b : bytes) {
      int c = b & 0xff;
      text.append(
          c > 32 && c < 127 && c != '\\'
              ? new String(new byte[] {b}, US_ASCII)
              : "\\x" + HexFormat.of().toHexDigits(b));
    }
    return text.toString();
  }
}
