package jontainers.image;

import java.io.IOException;
import java.io.OutputStream;
import jontainers.image.tar.PaxWriter;
import jontainers.image.tar.Sink;
import jontainers.image.tar.TarTree;
import jontainers.linux.Fd;

/// Write a directory with all that is in it as a tar archive, entries being named `./…`.
///
/// The same tree makes the same archive. Confined to one thread, whose interruption ends it.
public final class RootfsExport {
  private RootfsExport() {}

  /// Export to a descriptor, which stays open.
  ///
  /// @param root a directory, which may be open as O_PATH only
  /// @throws ImageException where a file cannot be read or the archive not be written
  public static ExportSummary write(Fd root, Fd out) throws ImageException {
    try (var sink = Sink.to(out)) {
      return write(root, sink);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /// Export to a stream, which is flushed and stays open.
  ///
  /// @param root a directory, which may be open as O_PATH only
  /// @throws ImageException where a file cannot be read or the archive not be written
  public static ExportSummary write(Fd root, OutputStream out) throws ImageException {
    try (var sink = Sink.to(out)) {
      return write(root, sink);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  static ExportSummary write(Fd root, Sink sink) throws IOException {
    var writer = new PaxWriter(sink);
    var tree = TarTree.whole(writer);
    tree.write(root);
    return new ExportSummary(tree.entries(), writer.written(), tree.warnings());
  }

  static ImageException failure(IOException e) {
    return new ImageException(
        "cannot export the root filesystem: " + e.getMessage(), ImageHints.of(e), e);
  }
}
