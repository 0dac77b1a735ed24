package jontainers.image.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jontainers.image.ImageException;
import jontainers.linux.FileLock;
import jontainers.oci.Digest;
import jontainers.oci.OciFormatException;

/// Hold content against collection while it has no name yet.
///
/// A file of digests, locked by its owner: what a process held that has ended is void. Safe for any
/// thread.
public final class Lease implements AutoCloseable {
  private final ContentStore store;
  private final Path file;
  private final FileLock lock;
  private final Set<Digest> held = new HashSet<>();

  /// Make one, with the store locked, so that no collection sees the file before its lock.
  Lease(ContentStore store, Path file) throws IOException {
    this.store = store;
    this.file = file;
    this.lock = FileLock.acquire(file);
  }

  /// Hold content that is here or will come. Whether it is here has to be asked afterwards.
  public void hold(Digest digest) throws ImageException {
    synchronized (held) {
      if (!held.add(digest)) {
        return;
      }
    }
    // Not inside a collection: that would not see it and still delete what it names.
    try (var _ = store.lock()) {
      append((digest + "\n").getBytes(UTF_8));
    } catch (IOException e) {
      synchronized (held) {
        held.remove(digest);
      }
      throw ContentStore.broken("cannot hold " + digest, e);
    }
  }

  /// All of a line or nothing, since others read it: the disk may be full.
  private void append(byte[] line) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long before = channel.size();
      try {
        var buffer = ByteBuffer.wrap(line);
        while (buffer.hasRemaining()) {
          int _ = channel.write(buffer, before + buffer.position());
        }
      } catch (IOException e) {
        var _ = channel.truncate(before);
        throw e;
      }
    }
  }

  /// Return what is held.
  Set<Digest> held() {
    synchronized (held) {
      return Set.copyOf(held);
    }
  }

  /// Return the file of this.
  Path file() {
    return file;
  }

  /// Let go; not while somebody reads all leases, who would find a file and then none.
  @Override
  public void close() throws ImageException {
    try (lock;
        var _ = store.lock()) {
      boolean _ = Files.deleteIfExists(file);
    } catch (IOException e) {
      throw ContentStore.broken("cannot end a lease", e);
    }
  }

  /// What leases say.
  ///
  /// @param held by processes that live
  /// @param dead the files of those that do not
  /// @param lost what those held
  record Held(Set<Digest> held, List<Path> dead, Set<Digest> lost) {}

  /// Read all leases; the caller has locked the store.
  static Held read(Path directory) throws IOException {
    var held = new HashSet<Digest>();
    var dead = new ArrayList<Path>();
    var lost = new HashSet<Digest>();
    try (var files = Files.newDirectoryStream(directory)) {
      for (var file : files) {
        var lock = FileLock.tryAcquire(file);
        if (lock.isPresent()) {
          lock.get().close();
          dead.add(file);
          lost.addAll(readable(file));
          continue;
        }
        for (String line : Files.readAllLines(file)) {
          held.add(digest(line));
        }
      }
    }
    return new Held(held, dead, lost);
  }

  /// Read what a process held that has died, perhaps while it wrote a line.
  private static Set<Digest> readable(Path file) throws IOException {
    var digests = new HashSet<Digest>();
    for (String line : Files.readAllLines(file, ISO_8859_1)) {
      try {
        digests.add(Digest.parse(line));
      } catch (OciFormatException e) {
        // it was cut
      }
    }
    return digests;
  }

  private static Digest digest(String line) throws IOException {
    try {
      return Digest.parse(line);
    } catch (OciFormatException e) {
      throw new IOException("lease is not readable: " + e.getMessage(), e);
    }
  }
}
