package jontainers.image.layer;

import java.io.IOException;
import java.io.InputStream;

/// A stream that is made piece by piece: one byte is a piece of one. Confined to one thread.
abstract class PieceStream extends InputStream {
  /// Read at least one byte; -1 at the end.
  ///
  /// @param length more than 0
  abstract int piece(byte[] bytes, int offset, int length) throws IOException;

  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return piece(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public final int read(byte[] bytes, int offset, int length) throws IOException {
    return length == 0 ? 0 : piece(bytes, offset, length);
  }
}
