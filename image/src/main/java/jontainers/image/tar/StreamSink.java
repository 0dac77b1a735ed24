package jontainers.image.tar;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import jontainers.linux.DataReader;
import jontainers.linux.Fd;

/// Write an archive to a stream.
final class StreamSink implements Sink {
  private static final int SIZE = 1 << 16;

  private final OutputStream out;
  private final byte[] buffer = new byte[SIZE];

  StreamSink(OutputStream out) {
    this.out = new BufferedOutputStream(out, SIZE);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
  }

  @Override
  public long transfer(Fd from, long offset, long length) throws IOException {
    long done = 0;
    while (done < length) {
      int room = (int) Math.min(length - done, SIZE);
      int count = DataReader.pread(from, buffer, room, offset + done);
      if (count == 0) {
        break;
      }
      out.write(buffer, 0, count);
      done += count;
    }
    return done;
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() {}
}
