package jontainers.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import jontainers.image.ImageException;
import jontainers.image.content.FullDisk;
import jontainers.image.content.Problem;
import jontainers.linux.Fd;
import jontainers.linux.FileLock;
import jontainers.linux.TreeRemoval;
import jontainers.oci.Digest;
import jontainers.oci.OciFormatException;

/// Keep layers on the disk, each unpacked once.
///
/// ```
/// sha256/HEX/fs       the files, as an overlay is given them
/// sha256/HEX/layer    how large it is
/// sha256/HEX/unsaid   the directories that no entry told of: [UnsaidDirectories]
/// tmp/HEX.RANDOM      being unpacked or removed
/// locks/HEX           held meanwhile
/// ```
///
/// A layer is there entirely or not at all: it is unpacked in `tmp`, its diffID is compared, all of
/// it is flushed to the disk, and then it is renamed. What a process that was killed has left in
/// `tmp` is removed when a store is opened. Of several threads and processes that want the same
/// layer, one unpacks it and the others wait. Safe for any thread.
public final class LayerStore {
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final String FILES = "fs";
  private static final String TOTALS = "layer";

  private final Path directory;
  private final Privilege privilege;
  private final LayerLimits limits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();
  private final Set<Digest> busy = new HashSet<>(); // guarded by lock

  private LayerStore(Path directory, Privilege privilege, LayerLimits limits) {
    this.directory = directory;
    this.privilege = privilege;
    this.limits = limits;
  }

  /// Open a store, made where it is missing, and remove what processes that were killed have left.
  ///
  /// @throws ImageException where the directory cannot be used
  public static LayerStore open(Path directory, Privilege privilege, LayerLimits limits)
      throws ImageException {
    var store = new LayerStore(directory, privilege, limits);
    try {
      Files.createDirectories(directory, OWNER_ONLY);
      for (var algorithm : Digest.Algorithm.values()) {
        Files.createDirectories(directory.resolve(algorithm.id()), OWNER_ONLY);
      }
      Files.createDirectories(store.temporary(), OWNER_ONLY);
      Files.createDirectories(store.locks(), OWNER_ONLY);
      store.forEachLeftover(TreeRemoval::delete);
      return store;
    } catch (IOException e) {
      throw failure("cannot open the layers in " + directory, e);
    }
  }

  /// Return a layer that is there.
  ///
  /// @throws ImageException where it cannot be read
  public Optional<Layer> find(Digest diffId) throws ImageException {
    var place = place(diffId);
    try {
      var totals = LayerTotals.read(place.resolve(TOTALS));
      return Optional.of(new Layer(diffId, place.resolve(FILES), totals.size(), totals.entries()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw failure("cannot read layer " + diffId, e);
    }
  }

  /// Return what all layers lie in.
  public Path directory() {
    return directory;
  }

  /// Return where a layer's files are, or would be.
  public Path path(Digest diffId) {
    return place(diffId).resolve(FILES);
  }

  /// Unpack a layer, unless it is there already; then the stream is not read.
  ///
  /// @param diffId of the tar archive, not of what it is compressed to
  /// @param compressed in any way that [Compression] knows; left open
  /// @return the layer, on the disk
  /// @throws ImageException where it is another layer, is refused, or the disk is full; nothing of
  ///   it is left then
  public Layer unpack(Digest diffId, InputStream compressed) throws ImageException {
    var known = find(diffId);
    if (known.isPresent()) {
      return known.get();
    }
    enter(diffId);
    try (var _ = FileLock.acquire(lockFile(diffId))) {
      known = find(diffId);
      return known.isPresent() ? known.get() : unpackLocked(diffId, compressed);
    } catch (IOException e) {
      throw failure("cannot unpack layer " + diffId, e);
    } finally {
      leave(diffId);
    }
  }

  /// Remove a layer; none there is no error. Nothing may be mounted on it.
  ///
  /// @throws ImageException where its files cannot be deleted
  public void remove(Digest diffId) throws ImageException {
    enter(diffId);
    try (var _ = FileLock.acquire(lockFile(diffId))) {
      discard(diffId);
    } catch (IOException e) {
      throw failure("cannot remove layer " + diffId, e);
    } finally {
      leave(diffId);
    }
  }

  /// Return all layers, sorted by their diffIDs.
  ///
  /// @throws ImageException where they cannot be read
  public List<Layer> list() throws ImageException {
    var digests = new ArrayList<Digest>();
    for (var algorithm : Digest.Algorithm.values()) {
      try (var list = Files.list(directory.resolve(algorithm.id()))) {
        list.forEach(path -> digest(algorithm, path).ifPresent(digests::add));
      } catch (IOException e) {
        throw failure("cannot list the layers in " + directory, e);
      }
    }
    digests.sort(null);
    var layers = new ArrayList<Layer>();
    for (var digest : digests) {
      find(digest).ifPresent(layers::add);
    }
    return layers;
  }

  private static Optional<Digest> digest(Digest.Algorithm algorithm, Path path) {
    try {
      return Optional.of(new Digest(algorithm, path.getFileName().toString()));
    } catch (OciFormatException e) {
      return Optional.empty();
    }
  }

  /// Look at everything and change nothing; a sound store has no problems.
  ///
  /// @throws ImageException where it cannot be read
  public List<Problem> fsck() throws ImageException {
    var problems = new ArrayList<Problem>();
    try {
      for (var algorithm : Digest.Algorithm.values()) {
        try (var list = Files.newDirectoryStream(directory.resolve(algorithm.id()))) {
          for (var path : list) {
            if (digest(algorithm, path).isEmpty() || !Files.exists(path.resolve(TOTALS))) {
              problems.add(new Problem(Problem.Kind.STRANGE_FILE, path.toString(), "is no layer"));
            }
          }
        }
      }
      forEachLeftover(left ->
          problems.add(
              new Problem(
                  Problem.Kind.STALE_INGEST,
                  left.toString(),
                  "is a part of a layer, and nobody works at it")));
      return List.copyOf(problems);
    } catch (IOException e) {
      throw failure("cannot look at the layers in " + directory, e);
    }
  }

  /// Return how many bytes the files of all layers have.
  ///
  /// @throws ImageException where they cannot be read
  public long usage() throws ImageException {
    return list().stream().mapToLong(Layer::size).sum();
  }

  private Layer unpackLocked(Digest diffId, InputStream compressed)
      throws IOException, ImageException {
    var temporary = unique(diffId);
    var files = temporary.resolve(FILES);
    try {
      Files.createDirectory(temporary, OWNER_ONLY);
      Files.createDirectory(files, OWNER_ONLY);
      var fd = Fd.open(files, Fd.O_RDONLY | Fd.O_DIRECTORY);
      var summary = LayerStream.unpack(compressed, fd, diffId.algorithm(), privilege, limits);
      if (!summary.diffId().equals(diffId)) {
        throw new ImageException(
            "layer " + diffId + " has another content: " + summary.diffId(),
            "pull the image again; if that does not help, it was not made properly");
      }
      var totals = new LayerTotals(summary.size(), summary.entries());
      totals.write(temporary.resolve(TOTALS));
      UnsaidDirectories.write(files, summary.unsaid());
      publish(temporary, diffId);
      return new Layer(diffId, place(diffId).resolve(FILES), totals.size(), totals.entries());
    } catch (IOException | ImageException | RuntimeException e) {
      try {
        TreeRemoval.delete(temporary);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /// One syncfs(2) for all files is faster than an fsync(2) for each.
  private void publish(Path temporary, Digest diffId) throws IOException {
    try (var fd = Fd.open(temporary, Fd.O_RDONLY | Fd.O_DIRECTORY)) {
      fd.syncfs();
    }
    discard(diffId); // what is no layer, since it has no totals
    Files.move(temporary, place(diffId), StandardCopyOption.ATOMIC_MOVE);
    try (var fd = Fd.open(place(diffId).resolveSibling("."), Fd.O_RDONLY | Fd.O_DIRECTORY)) {
      fd.fsync();
    }
  }

  private void discard(Digest diffId) throws IOException {
    var trash = unique(diffId);
    try {
      Files.move(place(diffId), trash, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return;
    }
    TreeRemoval.delete(trash);
  }

  /// What is done with a leftover.
  private interface LeftoverAction {
    void of(Path left) throws IOException;
  }

  /// Those of layers that nobody works at, locked meanwhile.
  private void forEachLeftover(LeftoverAction action) throws IOException {
    try (var list = Files.newDirectoryStream(temporary(), "?*.*")) {
      for (var left : list) {
        String name = left.getFileName().toString();
        String layer = name.substring(0, name.lastIndexOf('.'));
        try (var free = FileLock.tryAcquire(locks().resolve(layer)).orElse(null)) {
          if (free != null && Files.exists(left)) { // else it has just become a layer
            action.of(left);
          }
        }
      }
    }
  }

  /// Wait for other threads of this process, which can be interrupted; the lock of the file, for
  /// other processes, cannot. Both end with an unpacking, which ends with its stream.
  private void enter(Digest diffId) throws ImageException {
    try {
      lock.lockInterruptibly();
      try {
        while (busy.contains(diffId)) {
          released.await();
        }
        busy.add(diffId);
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageException("interrupted while waiting for layer " + diffId, "", e);
    }
  }

  private void leave(Digest diffId) {
    lock.lock();
    try {
      busy.remove(diffId);
      released.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Path place(Digest diffId) {
    return directory.resolve(diffId.algorithm().id()).resolve(diffId.hex());
  }

  private Path unique(Digest diffId) {
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return temporary().resolve(diffId.hex() + "." + random);
  }

  private Path lockFile(Digest diffId) {
    return locks().resolve(diffId.hex());
  }

  private Path temporary() {
    return directory.resolve("tmp");
  }

  private Path locks() {
    return directory.resolve("locks");
  }

  private static ImageException failure(String deed, IOException e) {
    return new ImageException(deed + ": " + e.getMessage(), FullDisk.hint(e), e);
  }
}
