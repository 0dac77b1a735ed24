package jontainers.image.layer;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Collection;
import java.util.function.Function;
import jontainers.image.ImageException;
import jontainers.image.content.FullDisk;
import jontainers.image.tar.PaxWriter;
import jontainers.image.tar.Sink;
import jontainers.image.tar.TarTree;
import jontainers.linux.Fd;

/// Write what a container has changed as a layer: the upper directory of its overlay; or all files.
///
/// Device nodes 0:0 become `.wh.NAME`, opaque directories get `.wh..wh..opq`, other marks of
/// overlayfs are left out. Entries are in the order of their names' bytes, and whiteouts have no
/// time: the same directory makes the same bytes.
public final class LayerDiff {
  private static final int BUFFER = 64 << 10;

  private LayerDiff() {}

  /// Write an upper directory, of which no container is changing anything, to a stream, which stays
  /// open.
  ///
  /// @param upper may be open as O_PATH only
  /// @param hidden paths below it that are none of the container's: see
  ///   [jontainers.image.OverlaySnapshots#masks]
  /// @throws ImageException where a file cannot be read, or the stream not be written to
  public static WrittenLayer write(
      Fd upper, Collection<Path> hidden, Compression compression, OutputStream out)
      throws ImageException {
    return write(upper, sink -> TarTree.changes(new PaxWriter(sink), hidden), compression, out);
  }

  /// Write a whole root filesystem as a layer to a stream, which stays open.
  ///
  /// @param root may be open as O_PATH only
  /// @throws ImageException where a file cannot be read, or the stream not be written to
  public static WrittenLayer whole(Fd root, Compression compression, OutputStream out)
      throws ImageException {
    return write(root, sink -> TarTree.whole(new PaxWriter(sink)), compression, out);
  }

  private static WrittenLayer write(
      Fd root, Function<Sink, TarTree> tarOf, Compression compression, OutputStream out)
      throws ImageException {
    try {
      var compressed = new DigestedOutput(new KeptOpen(out));
      var buffered = new BufferedOutputStream(compressed, BUFFER);
      var plain = new DigestedOutput(compression.compressing(buffered));
      TarTree tree;
      try (plain;
          var sink = Sink.to(plain)) {
        tree = tarOf.apply(sink);
        tree.write(root);
      }
      // Behind its close, which writes the rest.
      return new WrittenLayer(
          plain.digest(), compressed.digest(), compressed.count(), tree.entries(), tree.warnings());
    } catch (IOException e) {
      throw new ImageException("cannot write the layer: " + e.getMessage(), FullDisk.hint(e), e);
    }
  }

  /// Compressors close what they write to when they are done.
  private static final class KeptOpen extends FilterOutputStream {
    KeptOpen(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
