package jontainers.image.tar;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Read a stream up to a bound, whatever of it is kept: what few bytes inflate to costs time at
/// least.
///
/// Confined to one thread.
public final class LimitedInput extends FilterInputStream {
  private final long most;
  private long count;

  /// Bound a stream, which is closed with this.
  public LimitedInput(InputStream in, long most) {
    super(in);
    this.most = most;
  }

  @Override
  public int read() throws IOException {
    int one = in.read();
    counted(one < 0 ? 0 : 1);
    return one;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int read = in.read(bytes, offset, length);
    counted(read);
    return read;
  }

  @Override
  public long skip(long wanted) throws IOException {
    long skipped = in.skip(wanted);
    counted(skipped);
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void counted(long more) throws TarFormatException {
    count += Math.max(0, more);
    if (count > most) {
      throw new TarFormatException("it has more than " + most + " bytes");
    }
  }
}
