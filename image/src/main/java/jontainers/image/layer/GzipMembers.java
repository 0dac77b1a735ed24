package jontainers.image.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/// Inflate all members of a gzip stream (RFC 1952).
///
/// The JDK's own stream takes a pause of the network for the end when it comes between two members.
/// Zeros behind the last member are padding, anything else there is an error. Confined to one
/// thread.
final class GzipMembers extends PieceStream {
  private static final int BUFFER = 64 << 10;
  private static final int FHCRC = 2;
  private static final int FEXTRA = 4;
  private static final int FNAME = 8;
  private static final int FCOMMENT = 16;
  private static final int RESERVED = 0xe0;

  private final InputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] buffer = new byte[BUFFER];
  private int at;
  private int limit;
  private boolean first = true;
  private boolean inMember;

  GzipMembers(InputStream in) {
    this.in = in;
  }

  @Override
  int piece(byte[] bytes, int offset, int length) throws IOException {
    try {
      while (inMember || header()) {
        int count = inflater.inflate(bytes, offset, length);
        if (count > 0) {
          crc.update(bytes, offset, count);
          return count;
        }
        if (inflater.finished()) {
          trailer();
        } else if (inflater.needsDictionary()) {
          throw new ZipException("the gzip stream needs a dictionary");
        } else {
          feed();
        }
      }
      return -1;
    } catch (DataFormatException e) {
      throw new ZipException("the gzip stream is damaged: " + e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    in.close();
  }

  /// Read a member's header; false at the end of the stream.
  private boolean header() throws IOException {
    int magic = first ? next() : afterPadding();
    if (magic < 0) {
      return false;
    }
    if (magic != 0x1f || needed() != 0x8b || needed() != 8) {
      throw new ZipException("something else follows in the gzip stream");
    }
    int flags = needed();
    if ((flags & RESERVED) != 0) {
      throw new ZipException("the gzip stream has flags that are not known");
    }
    skip(6); // time, extra flags, operating system
    if ((flags & FEXTRA) != 0) {
      skip(needed() | needed() << 8);
    }
    for (int text : new int[] {FNAME, FCOMMENT}) {
      while ((flags & text) != 0 && needed() != 0) {
        // until the NUL
      }
    }
    if ((flags & FHCRC) != 0) {
      skip(2);
    }
    inflater.reset();
    inflater.setInput(buffer, at, limit - at);
    at = limit;
    crc.reset();
    first = false;
    inMember = true;
    return true;
  }

  private int afterPadding() throws IOException {
    int next = next();
    while (next == 0) {
      next = next();
    }
    return next;
  }

  private void trailer() throws IOException {
    at = limit - inflater.getRemaining();
    long sum = little() & 0xffffffffL;
    long size = little() & 0xffffffffL;
    if (sum != crc.getValue() || size != (inflater.getBytesWritten() & 0xffffffffL)) {
      throw new ZipException("the checksum of the gzip stream is wrong");
    }
    inMember = false;
  }

  private int little() throws IOException {
    return needed() | needed() << 8 | needed() << 16 | needed() << 24;
  }

  private void skip(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      var _ = needed();
    }
  }

  private int needed() throws IOException {
    int value = next();
    if (value < 0) {
      throw cutOff();
    }
    return value;
  }

  private int next() throws IOException {
    return at < limit || refill() ? buffer[at++] & 0xff : -1;
  }

  private void feed() throws IOException {
    if (!refill()) {
      throw cutOff();
    }
    inflater.setInput(buffer, 0, limit);
    at = limit;
  }

  private boolean refill() throws IOException {
    limit = Math.max(0, in.read(buffer, 0, BUFFER));
    at = 0;
    return limit > 0;
  }

  private static EOFException cutOff() {
    return new EOFException("the gzip stream is cut off");
  }
}
