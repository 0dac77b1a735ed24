package jontainers.image.layer;

import io.airlift.compress.v3.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipException;

/// Decompress zstd, whatever is wrong with it being an [IOException]. Confined to one thread.
final class ZstdStream extends PieceStream {
  private final InputStream in;

  ZstdStream(InputStream compressed) {
    this.in = new ZstdInputStream(new ZstdFrames(compressed));
  }

  @Override
  int piece(byte[] bytes, int offset, int length) throws IOException {
    try {
      return in.read(bytes, offset, length);
    } catch (RuntimeException e) {
      // MalformedInputException, and others where its decoder does not look first.
      var damaged = new ZipException("the zstd stream is damaged: " + e.getMessage());
      damaged.initCause(e);
      throw damaged;
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
