package jontainers.image.tar;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jontainers.linux.Xattr;

/// Know overlayfs's marks in an upper directory, and what layers have in their place.
///
/// Source: Documentation/filesystems/overlayfs.rst of the kernel; OCI image specification,
/// layer.md.
final class OverlayMarks {
  /// Says that nothing of the layers below is in a directory.
  static final byte[] OPAQUE = ".wh..wh..opq".getBytes(US_ASCII);

  private static final byte[] WHITEOUT = ".wh.".getBytes(US_ASCII);
  private static final List<String> PREFIXES = List.of("trusted.overlay.", "user.overlay.");

  private OverlayMarks() {}

  /// Return the name of the entry that hides a name.
  static byte[] whiteout(byte[] name) {
    byte[] joined = Arrays.copyOf(WHITEOUT, WHITEOUT.length + name.length);
    System.arraycopy(name, 0, joined, WHITEOUT.length, name.length);
    return joined;
  }

  static boolean looksLikeWhiteout(byte[] name) {
    return name.length >= WHITEOUT.length
        && Arrays.equals(name, 0, WHITEOUT.length, WHITEOUT, 0, WHITEOUT.length);
  }

  static boolean isOpaque(List<Xattr> xattrs) {
    return xattrs.stream()
        .anyMatch(x -> mark(x).equals("opaque") && new String(x.value(), US_ASCII).equals("y"));
  }

  /// Whiteouts that are files exist since Linux 6.7.
  static boolean isWhiteout(List<Xattr> xattrs) {
    return xattrs.stream().anyMatch(x -> mark(x).equals("whiteout"));
  }

  /// Return those that are the files' own.
  ///
  /// @throws IOException where the files below are not what they seem: a layer would not have what
  ///   the container saw
  static List<Xattr> without(byte[] path, List<Xattr> xattrs) throws IOException {
    var kept = new ArrayList<Xattr>();
    for (var xattr : xattrs) {
      switch (mark(xattr)) {
        case "" -> kept.add(xattr);
        case "redirect", "metacopy" ->
            throw new IOException(
                TarEntry.text(path)
                    + " has its content in a layer below (overlayfs's redirect_dir or metacopy),"
                    + " which no layer can tell");
        default -> {
          // origin, impure, nlink and the like are of this file system alone
        }
      }
    }
    return kept;
  }

  /// The name behind overlayfs's prefix, or empty.
  private static String mark(Xattr xattr) {
    String name = new String(xattr.name(), UTF_8);
    for (String prefix : PREFIXES) {
      if (name.startsWith(prefix)) {
        return name.substring(prefix.length());
      }
    }
    return "";
  }
}
