package jontainers.image.content;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import jontainers.linux.Fd;

/// Write what survives a crash at any point: a temporary file, flushed, then renamed.
final class Durable {
  private Durable() {}

  /// Replace a file. Whoever does holds the store's lock, so that the temporary name is its own.
  static void write(Path file, byte[] content) throws IOException {
    var fresh = unfinished(file);
    try (var fd = Fd.open(fresh, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_TRUNC, 0600)) {
      fd.write(content);
      fd.fsync();
    } catch (IOException e) {
      boolean _ = Files.deleteIfExists(fresh);
      throw e;
    }
    move(fresh, file);
  }

  /// Return where a file is written that is to be replaced; the rest of a process that has died.
  static Path unfinished(Path file) {
    return file.resolveSibling(file.getFileName() + ".new");
  }

  /// Rename a flushed file and flush its new directory.
  static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (var directory = FileChannel.open(to.resolveSibling("."), StandardOpenOption.READ)) {
      directory.force(true);
    }
  }
}
