package jontainers.image.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jontainers.linux.DataRanges;
import jontainers.linux.Xattr;
import org.jspecify.annotations.Nullable;

/// What the records of an extended header say: `LENGTH KEY=VALUE\n` each.
///
/// Source: POSIX pax, "pax Extended Header"; "Sparse Formats" of the GNU tar manual; the keys
/// `LIBARCHIVE.xattr.*` in tar(5). Confined to one thread.
final class ExtendedHeader {
  private static final String SCHILY_XATTR = "SCHILY.xattr.";
  private static final String LIBARCHIVE_XATTR = "LIBARCHIVE.xattr.";
  private static final int XATTR_NAME_MAX = 255;
  private static final int XATTR_SIZE_MAX = 64 << 10;

  private final boolean global;
  private final Map<String, Xattr> xattrs = new LinkedHashMap<>();
  byte @Nullable [] path;
  byte @Nullable [] linkpath;
  @Nullable Long size;
  @Nullable Long uid;
  @Nullable Long gid;
  @Nullable Mtime mtime;
  @Nullable Long sparseSize;
  byte @Nullable [] sparseName;
  @Nullable DataRanges sparseMap;
  private @Nullable Long sparseOffset;
  private long sparseMajor = -1;

  /// @param nanos 0 to 999,999,999
  record Mtime(long seconds, int nanos) {}

  private ExtendedHeader(boolean global) {
    this.global = global;
  }

  /// Begin with nothing, for the records of all entries.
  static ExtendedHeader global() {
    return new ExtendedHeader(true);
  }

  /// Begin with what all entries have.
  static ExtendedHeader of(ExtendedHeader global) {
    var header = new ExtendedHeader(false);
    header.uid = global.uid;
    header.gid = global.gid;
    header.mtime = global.mtime;
    return header;
  }

  List<Xattr> xattrs() {
    return List.copyOf(xattrs.values());
  }

  /// Whether the content begins with a map: GNU sparse format 1.0.
  boolean hasMapInContent() {
    return sparseMajor == 1;
  }

  void parse(byte[] records) throws TarFormatException {
    for (int at = 0; at < records.length; ) {
      int blank = indexOf(records, at, records.length, ' ');
      if (blank < 0) {
        throw new TarFormatException("a record has no length");
      }
      long length = Decimal.parse(records, at, blank);
      int end = (int) Math.min(at + length, records.length);
      int equals = indexOf(records, blank + 1, end, '=');
      // The newline may be the byte after the equals sign, and has to be the last.
      if (at + length != end || equals < 0 || end < equals + 2 || records[end - 1] != '\n') {
        throw new TarFormatException("a record is not LENGTH KEY=VALUE");
      }
      String key = new String(records, blank + 1, equals - blank - 1, ISO_8859_1);
      add(key, Arrays.copyOfRange(records, equals + 1, end - 1));
      at = end;
    }
  }

  private void add(String key, byte[] value) throws TarFormatException {
    if (global && !key.equals("uid") && !key.equals("gid") && !key.equals("mtime")) {
      refuseNames(key);
      return;
    }
    switch (key) {
      case "path" -> path = name(key, value);
      case "linkpath" -> linkpath = name(key, value);
      case "size" -> size = number(value);
      case "uid" -> uid = number(value);
      case "gid" -> gid = number(value);
      case "mtime" -> mtime = value.length == 0 ? null : mtime(value);
      case "GNU.sparse.name" -> sparseName = name(key, value);
      case "GNU.sparse.size", "GNU.sparse.realsize" -> sparseSize = number(value);
      case "GNU.sparse.major" -> sparseMajor = Decimal.parse(value);
      case "GNU.sparse.minor" -> {
        if (Decimal.parse(value) != 0) {
          throw new TarFormatException("the sparse format is newer than 1.0");
        }
      }
      case "GNU.sparse.map" -> sparseMap = map(value);
      case "GNU.sparse.offset" -> sparseOffset = Decimal.parse(value);
      case "GNU.sparse.numbytes" -> range(Decimal.parse(value));
      default -> xattr(key, value);
    }
    if (sparseMajor > 1) {
      throw new TarFormatException("the sparse format is newer than 1.0");
    }
  }

  private static void refuseNames(String key) throws TarFormatException {
    if (key.equals("path")
        || key.equals("linkpath")
        || key.equals("size")
        || key.startsWith("GNU.sparse.")
        || key.startsWith(SCHILY_XATTR)
        || key.startsWith(LIBARCHIVE_XATTR)) {
      throw new TarFormatException("a global header says " + key + " of all entries");
    }
  }

  /// Empty is as if it was not there.
  private static byte @Nullable [] name(String key, byte[] value) throws TarFormatException {
    if (indexOf(value, 0, value.length, 0) >= 0) {
      throw new TarFormatException("the record " + key + " has a NUL byte");
    }
    if (value.length > TarReader.MAX_NAME) {
      throw new TarFormatException(
          "the record " + key + " has more than " + TarReader.MAX_NAME + " bytes");
    }
    return value.length == 0 ? null : value;
  }

  private static @Nullable Long number(byte[] value) throws TarFormatException {
    return value.length == 0 ? null : (Long) Decimal.parse(value);
  }

  /// `-0.25` is three quarters of the second before 1970; what is finer than nanoseconds is cut.
  private static Mtime mtime(byte[] value) throws TarFormatException {
    boolean negative = value[0] == '-';
    int from = negative ? 1 : 0;
    int point = indexOf(value, from, value.length, '.');
    long seconds = Decimal.parse(value, from, point < 0 ? value.length : point);
    int nanos = point < 0 ? 0 : nanos(value, point + 1);
    if (negative) {
      return nanos == 0 ? new Mtime(-seconds, 0) : new Mtime(-seconds - 1, 1_000_000_000 - nanos);
    }
    return new Mtime(seconds, nanos);
  }

  private static int nanos(byte[] value, int from) throws TarFormatException {
    int nanos = 0;
    for (int i = 0; i < 9; i++) {
      int digit = from + i < value.length ? value[from + i] - '0' : 0;
      if (digit < 0 || digit > 9) {
        throw new TarFormatException("a time is not decimal");
      }
      nanos = nanos * 10 + digit;
    }
    return nanos;
  }

  /// Format 0.1: `offset,length,offset,length`.
  private static DataRanges map(byte[] value) throws TarFormatException {
    var map = new SparseMap();
    for (int at = 0; at < value.length; ) {
      int comma = indexOf(value, at, value.length, ',');
      int end = comma < 0 ? -1 : indexOf(value, comma + 1, value.length, ',');
      if (comma < 0) {
        throw new TarFormatException("a sparse map has an offset without a length");
      }
      end = end < 0 ? value.length : end;
      map.add(Decimal.parse(value, at, comma), Decimal.parse(value, comma + 1, end));
      at = end + 1;
    }
    return map.ranges();
  }

  /// Format 0.0: pairs of records.
  private void range(long length) throws TarFormatException {
    if (sparseOffset == null) {
      throw new TarFormatException("a sparse map has a length without an offset");
    }
    var map = new SparseMap(sparseMap == null ? DataRanges.empty() : sparseMap);
    map.add(sparseOffset, length);
    sparseMap = map.ranges();
    sparseOffset = null;
  }

  private void xattr(String key, byte[] value) throws TarFormatException {
    if (key.startsWith(SCHILY_XATTR)) {
      put(percentDecoded(key.substring(SCHILY_XATTR.length()), false), value);
    } else if (key.startsWith(LIBARCHIVE_XATTR)) {
      String name = percentDecoded(key.substring(LIBARCHIVE_XATTR.length()), true);
      if (!xattrs.containsKey(name)) {
        put(name, base64(value));
      }
    }
  }

  private void put(String name, byte[] value) throws TarFormatException {
    if (name.isEmpty() || name.length() > XATTR_NAME_MAX || name.indexOf('\0') >= 0) {
      throw new TarFormatException("an extended attribute has a name that is not valid");
    }
    if (value.length > XATTR_SIZE_MAX) {
      throw new TarFormatException(
          "the extended attribute "
              + TarEntry.text(name.getBytes(ISO_8859_1))
              + " has more than 64 KiB");
    }
    xattrs.put(name, new Xattr(name.getBytes(ISO_8859_1), value));
  }

  private static byte[] base64(byte[] value) throws TarFormatException {
    try {
      return Base64.getDecoder().decode(value);
    } catch (IllegalArgumentException e) {
      throw new TarFormatException("an extended attribute is not base64");
    }
  }

  /// GNU tar writes `%25` and `%3D` for what would end a key; libarchive any byte in this way.
  private static String percentDecoded(String name, boolean all) {
    if (name.indexOf('%') < 0) {
      return name;
    }
    var text = new StringBuilder();
    for (int at = 0; at < name.length(); at++) {
      int value = name.charAt(at) == '%' ? hex(name, at + 1) : -1;
      if (value > 0 && (all || value == '%' || value == '=')) {
        text.append((char) value);
        at += 2;
      } else {
        text.append(name.charAt(at));
      }
    }
    return text.toString();
  }

  private static int hex(String name, int at) {
    if (at + 2 > name.length()) {
      return -1;
    }
    int high = Character.digit(name.charAt(at), 16);
    int low = Character.digit(name.charAt(at + 1), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static int indexOf(byte[] bytes, int from, int to, int value) {
    for (int at = from; at < to; at++) {
      if (bytes[at] == value) {
        return at;
      }
    }
    return -1;
  }
}
