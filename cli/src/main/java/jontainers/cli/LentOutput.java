package jontainers.cli;

import java.io.IOException;
import java.io.OutputStream;
import jontainers.linux.Fd;

/// Write to a descriptor that somebody else owns.
final class LentOutput extends OutputStream {
  private final Fd fd;

  LentOutput(Fd fd) {
    this.fd = fd;
  }

  @Override
  public void write(int value) throws IOException {
    fd.write(new byte[] {(byte) value});
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    fd.write(bytes, offset, length);
  }
}
