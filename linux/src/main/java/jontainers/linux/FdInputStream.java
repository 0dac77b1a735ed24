package jontainers.linux;

import java.io.IOException;
import java.io.InputStream;

/// Read a descriptor as a stream; owns it.
final class FdInputStream extends InputStream {
  private final Fd fd;

  FdInputStream(Fd fd) {
    this.fd = fd;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) == -1 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int count = fd.read(buffer, offset, length);
    return count == 0 ? -1 : count;
  }

  @Override
  public void close() {
    fd.close();
  }
}
