package jontainers.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.util.zip.GZIPOutputStream;

/// How a layer is compressed. The OCI image specification knows these three.
///
/// zstd is read and not written: its decoder is our own, since the JDK has none and those of others
/// need C or `sun.misc.Unsafe` ([decision
/// 27](../../../../../../../docs/decisions/0027-a-zstd-decoder-of-our-own.md)).
public enum Compression {
  NONE,
  GZIP,
  ZSTD;

  private static final int BUFFER = 64 << 10;
  private static final int MAGIC = 4;

  /// Tell by the first four bytes, or fewer where there are no more.
  public static Compression detect(byte[] head) {
    if (head.length >= 2 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b) {
      return GZIP;
    }
    if (head.length >= 4
        && (head[0] & 0xff) == 0x28
        && (head[1] & 0xff) == 0xb5
        && (head[2] & 0xff) == 0x2f
        && (head[3] & 0xff) == 0xfd) {
      return ZSTD;
    }
    // A frame to be skipped, as estargz's sibling zstd:chunked may begin with: RFC 8878, 3.1.2.
    if (head.length >= 4
        && (head[0] & 0xf0) == 0x50
        && (head[1] & 0xff) == 0x2a
        && (head[2] & 0xff) == 0x4d
        && (head[3] & 0xff) == 0x18) {
      return ZSTD;
    }
    return NONE;
  }

  /// Return a stream of the bytes as they were before they were compressed, in whatever way.
  ///
  /// All members of gzip and all frames of zstd, their checksums verified. Closing it closes the
  /// other one.
  public static InputStream decompressed(InputStream in) throws IOException {
    byte[] head = in.readNBytes(MAGIC);
    var whole = new PushbackInputStream(in, MAGIC);
    whole.unread(head);
    return switch (detect(head)) {
      case NONE -> whole;
      case GZIP -> new GzipMembers(whole);
      case ZSTD -> new ZstdStream(whole);
    };
  }

  /// Return a stream that compresses what is written to it. The same bytes give the same; closing
  /// it closes the other one.
  ///
  /// @throws UnsupportedOperationException for zstd, which is read alone
  public OutputStream compressing(OutputStream out) throws IOException {
    return switch (this) {
      case NONE -> out;
      case GZIP -> new GZIPOutputStream(out, BUFFER);
      case ZSTD -> throw new UnsupportedOperationException("zstd is read, and not written");
    };
  }

  /// Return what media types of layers end in: `+gzip`, or nothing.
  public String suffix() {
    return switch (this) {
      case NONE -> "";
      case GZIP -> "+gzip";
      case ZSTD -> "+zstd";
    };
  }
}
