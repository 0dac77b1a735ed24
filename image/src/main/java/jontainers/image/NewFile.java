package jontainers.image;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import jontainers.linux.Fd;
import jontainers.linux.RawText;

/// Write a file that is there entirely or not at all.
///
/// A temporary file beside it replaces it when it is written and on the disk; every failure and
/// every interruption removes it and leaves what was there. Readable by its owner only, since
/// images and root filesystems have secrets.
public final class NewFile {
  private static final FileAttribute<?> OWNERS_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  /// The names of temporary files.
  private static final Pattern UNFINISHED =
      Pattern.compile("\\..+\\.[0-9a-f]{1,16}\\.part", Pattern.DOTALL);

  private NewFile() {}

  /// Is told of the temporary file before it is made.
  @FunctionalInterface
  public interface Notice {
    /// Tell nobody.
    Notice NONE = temporary -> {};

    /// Write down that a file has to be deleted if this process should die.
    void of(Path temporary) throws IOException;
  }

  /// Writes what the file is to hold.
  ///
  /// @param <T> what is told of it
  @FunctionalInterface
  public interface Content<T> {
    T write(Fd out) throws IOException, ImageException;
  }

  /// Write a file.
  ///
  /// @param deed what is done, for messages: `export to`
  /// @param file where links are followed; a device or a fifo is written to as it is
  /// @throws ImageException where it cannot be written
  public static <T> T write(String deed, Path file, Notice notice, Content<T> content)
      throws ImageException {
    try {
      var target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
      if (Files.isDirectory(target)) {
        throw new ImageException(file + " is a directory", "name a file to " + deed);
      }
      if (Files.exists(target) && !Files.isRegularFile(target)) {
        try (var fd = Fd.open(target, Fd.O_WRONLY)) {
          return content.write(fd);
        }
      }
      return replace(target, notice, content);
    } catch (IOException e) {
      throw new ImageException(
          "cannot " + deed + " " + RawText.of(file) + ": " + text(e), ImageHints.of(e), e);
    }
  }

  /// Delete what a process has left that died while it wrote a file, and nothing that cannot be it.
  public static void deleteUnfinished(Path file) throws IOException {
    if (UNFINISHED.matcher(String.valueOf(file.getFileName())).matches()
        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(file);
    }
  }

  private static <T> T replace(Path target, Notice notice, Content<T> content)
      throws IOException, ImageException {
    var directory = target.resolveSibling(".").normalize();
    String unique = Long.toHexString(ThreadLocalRandom.current().nextLong());
    var temporary =
        directory.resolve(
            RawText.path("." + RawText.of(target.getFileName()) + "." + unique + ".part"));
    notice.of(temporary);
    Files.createFile(temporary, OWNERS_ONLY);
    try {
      T result;
      try (var fd = Fd.open(temporary, Fd.O_WRONLY)) {
        result = content.write(fd);
        fd.fsync();
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      try (var fd = Fd.open(directory, Fd.O_RDONLY | Fd.O_DIRECTORY)) {
        fd.fsync();
      }
      return result;
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /// The JDK's messages are paths alone.
  private static String text(IOException e) {
    if (e instanceof FileSystemException file) {
      return file.getReason() == null ? "no such directory" : file.getReason();
    }
    return String.valueOf(e.getMessage());
  }
}
