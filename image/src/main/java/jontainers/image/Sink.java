package jontainers.image;

import java.io.IOException;
import jontainers.linux.Fd;

/// Where an archive goes. For one thread at a time.
sealed interface Sink extends AutoCloseable permits FdSink, StreamSink {
  void write(byte[] bytes, int offset, int length) throws IOException;

  /// Copy from a place of a file; return how many bytes, fewer than asked at its end.
  long transfer(Fd from, long offset, long length) throws IOException;

  void flush() throws IOException;

  /// Free buffers; what the archive goes to stays open.
  @Override
  void close();
}
