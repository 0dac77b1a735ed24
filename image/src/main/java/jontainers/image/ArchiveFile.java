package jontainers.image;

import java.nio.file.Path;
import jontainers.image.tar.Sink;
import jontainers.linux.Fd;

/// Export to a file that is there entirely or not at all.
public final class ArchiveFile {
  private ArchiveFile() {}

  /// Export a directory to a file.
  ///
  /// @param root a directory, which may be open as O_PATH only
  /// @param file where links are followed; a device or a fifo is written to as it is
  /// @param notice is told of the temporary file
  /// @throws ImageException where a file cannot be read or the archive not be written
  public static ExportSummary write(Fd root, Path file, NewFile.Notice notice)
      throws ImageException {
    return NewFile.write(
        "export to",
        file,
        notice,
        out -> {
          try (var sink = Sink.to(out)) {
            return RootfsExport.write(root, sink);
          }
        });
  }
}
