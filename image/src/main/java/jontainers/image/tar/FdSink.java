package jontainers.image.tar;

import jontainers.linux.Fd;
import jontainers.linux.FdWriter;
import jontainers.linux.SyscallException;

/// Write an archive to a descriptor.
final class FdSink implements Sink {
  private final FdWriter writer;

  FdSink(Fd fd) {
    this.writer = new FdWriter(fd);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws SyscallException {
    writer.write(bytes, offset, length);
  }

  @Override
  public long transfer(Fd from, long offset, long length) throws SyscallException {
    return writer.transfer(from, offset, length);
  }

  @Override
  public void flush() throws SyscallException {
    writer.flush();
  }

  @Override
  public void close() {
    writer.close();
  }
}
