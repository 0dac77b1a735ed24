package jontainers.image.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.linux.FileLock;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;

/// Content on its way into a store: verified while it streams, kept when it is cut off.
///
/// What is there of it from before counts, the digest of which is computed again. Owns the lock of
/// its file; confined to one thread.
public final class Ingest implements AutoCloseable {
  private final ContentStore store;
  private final Descriptor descriptor;
  private final Path file;
  private final FileLock lock;
  private final FileChannel channel;
  private MessageDigest computation;
  private long offset;
  private boolean committed;

  private Ingest(
      ContentStore store, Descriptor descriptor, Path file, FileLock lock, FileChannel channel) {
    this.store = store;
    this.descriptor = descriptor;
    this.file = file;
    this.lock = lock;
    this.channel = channel;
    this.computation = descriptor.digest().algorithm().computation();
  }

  static Ingest resume(ContentStore store, Descriptor descriptor, Path file, FileLock lock)
      throws IOException {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.WRITE);
      var ingest = new Ingest(store, descriptor, file, lock, channel);
      if (channel.size() > descriptor.size()) {
        ingest.truncate();
      } else {
        Hashes.add(file, ingest.computation);
        ingest.offset = channel.size();
        var _ = channel.position(ingest.offset);
      }
      return ingest;
    } catch (IOException | RuntimeException e) {
      if (channel != null) {
        channel.close();
      }
      lock.close();
      throw e;
    }
  }

  /// Return what is fetched.
  public Descriptor descriptor() {
    return descriptor;
  }

  /// Return how many bytes are there: the place to go on from.
  public long offset() {
    return offset;
  }

  /// Drop what is there and begin anew.
  public void restart() throws ImageException {
    try {
      truncate();
    } catch (IOException e) {
      throw ContentStore.broken("cannot store " + descriptor.digest(), e);
    }
  }

  /// Append bytes.
  ///
  /// @throws ImageException with the category INVALID where there are more than the descriptor says
  public void write(byte[] bytes, int from, int length) throws ImageException {
    if (length > descriptor.size() - offset) {
      throw new ImageException(
          Category.INVALID,
          descriptor.digest() + " is longer than the " + descriptor.size() + " bytes it should be",
          "");
    }
    try {
      var buffer = ByteBuffer.wrap(bytes, from, length);
      while (buffer.hasRemaining()) {
        int _ = channel.write(buffer);
      }
    } catch (IOException e) {
      if (FullDisk.isReason(e)) {
        restart(); // others need the room more than the next one needs a part
      }
      throw ContentStore.broken("cannot store " + descriptor.digest(), e);
    }
    computation.update(bytes, from, length);
    offset += length;
  }

  /// Verify and publish; from now on it is content of the store.
  ///
  /// @throws ImageException with the category INVALID where it is not what its digest says; what is
  ///   there is dropped then, since nothing can be told of any part of it
  public void commit() throws ImageException {
    if (offset != descriptor.size()) {
      throw new ImageException(
          Category.INVALID,
          descriptor.digest() + " ends after " + offset + " of " + descriptor.size() + " bytes",
          "");
    }
    var found = Digest.of(descriptor.digest().algorithm(), computation);
    computation.reset();
    try {
      if (!found.equals(descriptor.digest())) {
        truncate();
        throw new ImageException(
            Category.INVALID, "content of " + descriptor.digest() + " is in fact " + found, "");
      }
      channel.force(true);
      try (var _ = store.lock()) { // nobody finds the content absent and this file present
        Durable.move(file, store.blob(descriptor.digest()));
      }
      committed = true;
    } catch (IOException e) {
      throw ContentStore.broken("cannot store " + descriptor.digest(), e);
    }
  }

  private void truncate() throws IOException {
    var _ = channel.truncate(0).position(0);
    offset = 0;
    computation = descriptor.digest().algorithm().computation();
  }

  /// End; what was not committed stays for the next one, unless it is nothing.
  @Override
  public void close() throws ImageException {
    try (lock;
        channel) {
      if (!committed && channel.size() == 0) {
        try (var _ = store.lock()) {
          boolean _ = Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw ContentStore.broken("cannot store " + descriptor.digest(), e);
    }
  }
}
