package jontainers.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.TreeSet;
import jontainers.linux.Fd;

/// Make empty files in an upper layer, in directories that the layers below have.
///
/// @param attributes those that directories have to show
record Places(LayerStack lower, Path upper, KeptAttributes attributes) {

  /// Make those that the layers below have not; one whose directory it has not either is left out.
  void make(Collection<Path> files) throws IOException {
    var directories = new TreeSet<Path>();
    for (var file : files) {
      var directory = file.getParent();
      if (directory != null && missing(file) && isPlainDirectory(directory)) {
        for (int names = 1; names <= directory.getNameCount(); names++) {
          directories.add(directory.subpath(0, names));
        }
      }
    }
    for (var directory : directories) {
      if (!Files.isDirectory(upper.resolve(directory), LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectory(upper.resolve(directory));
      }
    }
    for (var file : files) {
      if (directories.contains(file.getParent()) && missing(file)) {
        Fd.open(upper.resolve(file), Fd.O_WRONLY | Fd.O_CREAT | Fd.O_NOFOLLOW, 0755).close();
      }
    }
    // Last, since making what is in a directory changes its time.
    for (var directory : directories.descendingSet()) {
      Masks.copyAttributes(attributes.of(directory).orElseThrow(), upper.resolve(directory));
    }
  }

  private boolean missing(Path file) throws IOException {
    return lower.find(file).isEmpty();
  }

  /// Whether no component of it is a link.
  private boolean isPlainDirectory(Path directory) throws IOException {
    var found = lower.find(directory);
    return found.isPresent() && Files.isDirectory(found.get(), LinkOption.NOFOLLOW_LINKS);
  }
}
