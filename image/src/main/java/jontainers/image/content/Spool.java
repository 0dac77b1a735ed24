package jontainers.image.content;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import jontainers.image.ImageException;
import jontainers.linux.FileLock;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;

/// Content on its way into a store whose digest nobody knows yet: computed while it is written.
///
/// What is not committed is deleted when it is closed, or by the next collection when its process
/// has died. Owns the lock of its file; confined to one thread.
public final class Spool extends OutputStream {
  /// What the names of such files begin with.
  static final String PREFIX = "spool-";

  private final ContentStore store;
  private final Lease lease;
  private final Digest.Algorithm algorithm;
  private final Path file;
  private final FileLock lock;
  private final FileChannel channel;
  private final MessageDigest computation;
  private long size;
  private boolean committed;

  private Spool(
      ContentStore store,
      Lease lease,
      Digest.Algorithm algorithm,
      Path file,
      FileLock lock,
      FileChannel channel) {
    this.store = store;
    this.lease = lease;
    this.algorithm = algorithm;
    this.file = file;
    this.lock = lock;
    this.channel = channel;
    this.computation = algorithm.computation();
  }

  /// Make one, with the store locked, so that no collection sees the file before its lock.
  static Spool make(ContentStore store, Lease lease, Digest.Algorithm algorithm, Path file)
      throws IOException {
    var lock = FileLock.acquire(file);
    try {
      var channel = FileChannel.open(file, StandardOpenOption.WRITE);
      return new Spool(store, lease, algorithm, file, lock, channel);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    var buffer = ByteBuffer.wrap(bytes, offset, length);
    while (buffer.hasRemaining()) {
      int _ = channel.write(buffer);
    }
    computation.update(bytes, offset, length);
    size += length;
  }

  /// Publish it under its digest, held by the lease; from now on it is content of the store.
  public Descriptor commit(String mediaType) throws ImageException {
    var digest = Digest.of(algorithm, computation);
    lease.hold(digest);
    var descriptor = Descriptor.of(mediaType, digest, size);
    try {
      if (!store.has(descriptor)) {
        channel.force(true);
        try (var _ = store.lock()) {
          Durable.move(file, store.blob(digest));
          committed = true;
        }
      }
      return descriptor;
    } catch (IOException e) {
      throw ContentStore.broken("cannot store " + digest, e);
    }
  }

  /// End; what was not committed is deleted.
  @Override
  public void close() throws IOException {
    try (lock;
        channel) {
      if (!committed) {
        boolean _ = Files.deleteIfExists(file);
      }
    }
  }
}
