package jontainers.image.tar;

import java.util.List;
import jontainers.linux.DataRanges;
import jontainers.linux.FileStatus;
import jontainers.linux.RawText;
import jontainers.linux.Xattr;
import org.jspecify.annotations.Nullable;

/// What a header says of a file.
///
/// @param name as it stands in the archive, directories with a slash at the end
/// @param link where a link leads, else empty
/// @param size of the content, holes included, for files
/// @param data where the content has data, or null where it has no holes
@SuppressWarnings("ArrayRecordComponent") // names are bytes; never compared as records
public record TarEntry(
    TarType type,
    byte[] name,
    byte[] link,
    long size,
    TarAttributes attributes,
    List<Xattr> xattrs,
    @Nullable DataRanges data) {
  private static final int SHOWN = 200;

  public TarEntry {
    xattrs = List.copyOf(xattrs);
  }

  /// Make one of a file that was looked at.
  public static TarEntry of(
      TarType type, byte[] name, byte[] link, long size, FileStatus status, List<Xattr> xattrs) {
    return new TarEntry(type, name, link, size, TarAttributes.of(status), xattrs, null);
  }

  /// Return the name for messages.
  public String text() {
    return text(name);
  }

  /// Return a name for messages: without control characters, and cut where it is very long.
  public static String text(byte[] name) {
    var text = new StringBuilder();
    RawText.decode(name)
        .codePoints()
        .limit(SHOWN)
        .forEach(c -> text.appendCodePoint(Character.isISOControl(c) ? '?' : c));
    return name.length > SHOWN ? text.append('…').toString() : text.toString();
  }
}
