package jontainers.image.layer;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import jontainers.oci.Digest;

/// Count and digest what goes through. Confined to one thread.
final class DigestedOutput extends FilterOutputStream {
  private final MessageDigest computation = Digest.Algorithm.SHA256.computation();
  private long count;

  DigestedOutput(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    computation.update(bytes, offset, length);
    count += length;
  }

  long count() {
    return count;
  }

  /// Return the digest; once.
  Digest digest() {
    return Digest.of(Digest.Algorithm.SHA256, computation);
  }
}
