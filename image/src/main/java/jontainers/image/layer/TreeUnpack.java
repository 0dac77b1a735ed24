package jontainers.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import jontainers.image.ImageException;
import jontainers.linux.Fd;

/// Unpack the archive of a tree that is no layer: names that look like whiteouts are files like
/// others, and hide nothing.
public final class TreeUnpack {
  private TreeUnpack() {}

  /// Unpack a whole archive; the stream is read to its end.
  ///
  /// @param directory is empty; its descriptor is taken
  /// @return a line for each thing that was left out, as far as there are not too many
  /// @throws IOException where the archive cannot be read
  /// @throws ImageException where a file cannot be made
  public static List<String> unpack(InputStream tar, Fd directory, Privilege privilege)
      throws IOException, ImageException {
    return LayerUnpack.unpackTree(tar, directory, privilege).warnings();
  }
}
