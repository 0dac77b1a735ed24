package jontainers.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import jontainers.image.ImageException;
import jontainers.image.tar.TarEntry;

/// Read the names of a layer's entries as paths below its root.
///
/// Bytes are kept as characters of ISO 8859-1, whatever encoding they are in.
final class LayerPath {
  private LayerPath() {}

  /// Return a name without `.`, and without slashes at either end or doubled; empty is the root.
  ///
  /// @throws ImageException where it has a `..`
  static String of(byte[] name) throws ImageException {
    String text = new String(name, ISO_8859_1);
    if (isPlain(text)) {
      return text;
    }
    var path = new StringBuilder(text.length());
    for (String part : text.split("/")) {
      if (part.equals("..")) {
        throw new ImageException(
            TarEntry.text(name) + " leads out of the layer", "the layer is not a valid one");
      }
      if (!part.isEmpty() && !part.equals(".")) {
        path.append(path.isEmpty() ? "" : "/").append(part);
      }
    }
    return path.toString();
  }

  /// Whether no component is empty or begins with a dot.
  private static boolean isPlain(String text) {
    boolean begins = true;
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (begins && (c == '.' || c == '/')) {
        return false;
      }
      begins = c == '/';
    }
    return !begins;
  }

  static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
