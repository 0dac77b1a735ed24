package jontainers.linux;

import java.io.IOException;
import java.io.OutputStream;

/// Write a descriptor as a stream, unbuffered; owns it.
final class FdOutputStream extends OutputStream {
  private final Fd fd;

  FdOutputStream(Fd fd) {
    this.fd = fd;
  }

  @Override
  public void write(int value) throws IOException {
    fd.write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] buffer, int offset, int length) throws IOException {
    fd.write(buffer, offset, length);
  }

  @Override
  public void close() {
    fd.close();
  }
}
