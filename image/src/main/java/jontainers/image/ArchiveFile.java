package jontainers.image;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import jontainers.linux.Fd;

/// Export to a file that is there entirely or not at all.
///
/// A temporary file beside it replaces it when it is written and on the disk; every failure and
/// every interruption removes it and leaves what was there. Readable by its owner only, since a
/// root filesystem has secrets.
public final class ArchiveFile {
  private ArchiveFile() {}

  /// Export a directory to a file.
  ///
  /// @param root a directory, which may be open as O_PATH only
  /// @param file where links are followed; a device or a fifo is written to as it is
  /// @throws ImageException where a file cannot be read or the archive not be written
  public static ExportSummary write(Fd root, Path file) throws ImageException {
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
      return replace(root, target);
    } catch (IOException e) {
      throw new ImageException("cannot export to " + file + ": " + text(e), ImageHints.of(e), e);
    }
  }

  private static ExportSummary replace(Fd root, Path target) throws IOException {
    var directory = target.resolveSibling(".").normalize();
    // Files.createTempFile makes it readable by its owner only.
    var temporary = Files.createTempFile(directory, "." + target.getFileName() + ".", ".part");
    try {
      ExportSummary summary;
      try (var fd = Fd.open(temporary, Fd.O_WRONLY);
          var sink = new FdSink(fd)) {
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
