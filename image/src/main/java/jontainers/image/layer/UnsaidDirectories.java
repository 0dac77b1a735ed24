package jontainers.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import jontainers.linux.Fd;

/// The directories of a layer that no entry of it told of: a layer with `tmp/f` alone has `tmp`.
///
/// Their mode, owner and attributes are those of the layers below, should these have them: an
/// overlay shows those of the uppermost, so they are written down beside the files, each ended by a
/// NUL.
public final class UnsaidDirectories {
  private static final String NAME = "unsaid";

  private UnsaidDirectories() {}

  static void write(Path files, Set<String> directories) throws IOException {
    var text = new StringBuilder();
    for (String directory : new TreeSet<>(directories)) {
      text.append(directory).append('\0');
    }
    try (var fd =
        Fd.open(files.resolveSibling(NAME), Fd.O_WRONLY | Fd.O_CREAT | Fd.O_TRUNC, 0600)) {
      fd.write(text.toString().getBytes(ISO_8859_1));
    }
  }

  /// Read those of a layer, relative to its root; none of one that was unpacked by a version that
  /// did not write them down.
  ///
  /// @param files of the layer
  public static Set<Path> read(Path files) throws IOException {
    String text;
    try {
      text = new String(Files.readAllBytes(files.resolveSibling(NAME)), UTF_8);
    } catch (NoSuchFileException e) {
      return Set.of();
    }
    var directories = new HashSet<Path>();
    for (int from = 0, end; (end = text.indexOf('\0', from)) >= 0; from = end + 1) {
      try {
        directories.add(Path.of(text.substring(from, end)));
      } catch (InvalidPathException e) {
        // a name that this JVM cannot say, and so cannot look up either
      }
    }
    return directories;
  }
}
