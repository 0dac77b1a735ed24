package jontainers.image.layer;

import java.io.IOException;
import java.io.InputStream;

/// A stream whose reads give a byte each, as a network may.
abstract class SlowStream extends InputStream {
  /// Return the next byte, or -1.
  abstract int next() throws IOException;

  @Override
  public final int read() throws IOException {
    return next();
  }

  @Override
  public final int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int value = read();
    if (value < 0) {
      return -1;
    }
    bytes[offset] = (byte) value;
    return 1;
  }
}
