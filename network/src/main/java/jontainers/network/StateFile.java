package jontainers.network;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import jontainers.linux.Fd;

/// Keep a few values in a file of lines `key value`, so that a reader sees all of them or none.
final class StateFile {
  private StateFile() {}

  /// Write the file: temporary file, fsync, rename, fsync of the directory.
  static void write(Path file, Map<String, String> values) throws IOException {
    var text = new StringBuilder();
    values.forEach((key, value) -> text.append(key).append(' ').append(value).append('\n'));
    var directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
    makeDirectories(directory);
    var temporary = temporary(file);
    try (var fd = Fd.open(temporary, Fd.O_WRONLY | Fd.O_CREAT | Fd.O_TRUNC, 0600)) {
      fd.write(text.toString().getBytes(StandardCharsets.UTF_8));
      fd.fsync();
      var _ = Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      boolean _ = Files.deleteIfExists(temporary);
      throw e;
    }
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /// Make directories for their owner alone, whatever the umask.
  static void makeDirectories(Path directory) throws IOException {
    var _ =
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /// Delete the file, and what a writer that was killed has left beside it.
  static void delete(Path file) throws IOException {
    boolean _ = Files.deleteIfExists(temporary(file));
    boolean _ = Files.deleteIfExists(file);
  }

  /// Always the same: files are written by one process at a time.
  private static Path temporary(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".new");
  }

  /// Read the file; empty where there is none.
  static Optional<Map<String, String>> read(Path file) throws IOException {
    try {
      var values = new LinkedHashMap<String, String>();
      for (var line : Files.readAllLines(file)) {
        int space = line.indexOf(' ');
        if (space > 0) {
          values.put(line.substring(0, space), line.substring(space + 1));
        }
      }
      return Optional.of(values);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
