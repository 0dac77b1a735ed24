package jontainers.image;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ThreadLocalRandom;
import jontainers.image.tar.Sink;
import jontainers.linux.Fd;

/// Export to a file that is there entirely or not at all.
///
/// A temporary file beside it replaces it when it is written and on the disk; every failure and
/// every interruption removes it and leaves what was there. Readable by its owner only, since a
/// root filesystem has secrets.
public final class ArchiveFile {
  private static final FileAttribute<?> OWNERS_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private ArchiveFile() {}

  /// Is told of the temporary file before it is made.
  public interface Notice {
    /// Write down that a file has to be deleted if this process should die.
    void of(Path temporary) throws IOException;
  }

  /// Export a directory to a file.
  ///
  /// @param root a directory, which may be open as O_PATH only
  /// @param file where links are followed; a device or a fifo is written to as it is
  /// @param notice is told of the temporary file
  /// @throws ImageException where a file cannot be read or the archive not be written
  public static ExportSummary write(Fd root, Path file, Notice notice) throws ImageException {
    try {
      var target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
      if (Files.isDirectory(target)) {
        throw new ImageException(file + " is a directory", "name a file to export to");
      }
      if (Files.exists(target) && !Files.isRegularFile(target)) {
        try (var fd = Fd.open(target, Fd.O_WRONLY)) {
          return RootfsExport.write(root, fd);
        }
      }
      return replace(root, target, notice);
    } catch (IOException e) {
      throw new ImageException("cannot export to " + file + ": " + text(e), ImageHints.of(e), e);
    }
  }

  private static ExportSummary replace(Fd root, Path target, Notice notice) throws IOException {
    var directory = target.resolveSibling(".").normalize();
    String unique = Long.toHexString(ThreadLocalRandom.current().nextLong());
    var temporary = directory.resolve("." + target.getFileName() + "." + unique + ".part");
    notice.of(temporary);
    Files.createFile(temporary, OWNERS_ONLY);
    try {
      ExportSummary summary;
      try (var fd = Fd.open(temporary, Fd.O_WRONLY);
          var sink = Sink.to(fd)) {
        summary = RootfsExport.write(root, sink);
        fd.fsync();
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      try (var fd = Fd.open(directory, Fd.O_RDONLY | Fd.O_DIRECTORY)) {
        fd.fsync();
      }
      return summary;
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
