package jontainers.image.tar;

import java.io.IOException;
import java.io.OutputStream;
import jontainers.linux.Fd;

/// Where an archive goes. For one thread at a time.
public sealed interface Sink extends AutoCloseable permits FdSink, StreamSink {
  /// Write to a descriptor, which stays open.
  static Sink to(Fd fd) {
    return new FdSink(fd);
  }

  /// Write to a stream, which is flushed and stays open.
  static Sink to(OutputStream out) {
    return new StreamSink(out);
  }

  /// Write bytes, sooner or later.
  void write(byte[] bytes, int offset, int length) throws IOException;

  /// Copy from a place of a file; return how many bytes, fewer than asked at its end.
  long transfer(Fd from, long offset, long length) throws IOException;

  /// Write what waits in buffers.
  void flush() throws IOException;

  /// Free buffers; what the archive goes to stays open.
  @Override
  void close();
}
