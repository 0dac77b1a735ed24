package jontainers.image.content;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
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
      var _ = Files.write(file, (digest + "\n").getBytes(UTF_8), StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw ContentStore.broken("cannot hold " + digest, e);
    }
  }

  /// Let go.
  @Override
  public void close() throws ImageException {
    try (lock) {
      boolean _ = Files.deleteIfExists(file);
    } catch (IOException e) {
      throw ContentStore.broken("cannot end a lease", e);
    }
  }

  /// What leases say.
  ///
  /// @param held by processes that live
  /// @param died whether there was one of a process that does not
  record Held(Set<Digest> held, boolean died) {}

  /// Read the leases of living processes and delete the others; the caller has locked the store.
  static Held release(Path directory) throws IOException {
    return look(directory, true);
  }

  /// Read the leases of living processes; the caller has locked the store.
  static Held read(Path directory) throws IOException {
    return look(directory, false);
  }

  private static Held look(Path directory, boolean delete) throws IOException {
    var held = new HashSet<Digest>();
    boolean died = false;
    try (var files = Files.newDirectoryStream(directory)) {
      for (var file : files) {
        var lock = FileLock.tryAcquire(file);
        if (lock.isEmpty()) {
          for (String line : Files.readAllLines(file)) {
            held.add(digest(line));
          }
          continue;
        }
        try (var _ = lock.get()) {
          died = true;
          if (delete) {
            boolean _ = Files.deleteIfExists(file);
          }
        }
      }
    }
    return new Held(held, died);
  }

  private static Digest digest(String line) throws IOException {
    try {
      return Digest.parse(line);
    } catch (OciFormatException e) {
      throw new IOException("lease is not readable: " + e.getMessage(), e);
    }
  }
}
