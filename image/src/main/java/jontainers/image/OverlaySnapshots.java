package jontainers.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.SyscallException;
import jontainers.linux.TreeRemoval;

/// Make, look into and remove the snapshots of containers, which are overlays.
///
/// The mount itself is left to the runtime, which does it in the container's mount namespace.
/// Stateless; safe for any thread, for one at a time on each snapshot.
public final class OverlaySnapshots {
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private OverlaySnapshots() {}

  /// Make a snapshot of the machine's own root filesystem, the image `host`.
  ///
  /// @param directory is made, for the snapshot alone
  /// @param hidden the engine's state, which neither the container nor an export sees
  /// @throws ImageException where the directory cannot be made
  public static Snapshot host(Path directory, Collection<Path> hidden, Set<OverlayOption> options)
      throws ImageException {
    return ofOne(directory, Path.of("/"), hidden, options);
  }

  /// Make a snapshot of any directory.
  ///
  /// @param directory is made, for the snapshot alone
  /// @param rootfs is not changed
  /// @param hidden the engine's state, which neither the container nor an export sees
  /// @throws ImageException where one directory cannot be used or the other not be made
  public static Snapshot rootfs(
      Path directory, Path rootfs, Collection<Path> hidden, Set<OverlayOption> options)
      throws ImageException {
    return ofOne(directory, Rootfs.checked(rootfs, hidden), hidden, options);
  }

  /// Make a snapshot of the unpacked layers of an image.
  ///
  /// @param directory is made, for the snapshot alone
  /// @param lower the layers, the uppermost first; none for an image that is empty
  /// @param layersRoot the directory that all of them are in
  /// @return the snapshot, whose mount has fewer layers where one hides all that are below it
  /// @throws ImageException where there are too many layers or the directory cannot be made
  public static Snapshot layers(
      Path directory, List<Path> lower, Path layersRoot, Set<OverlayOption> options)
      throws ImageException {
    if (lower.size() > OverlayMount.MAX_LOWER) {
      throw new ImageException(
          "the image has "
              + lower.size()
              + " layers, of which the kernel shows at most "
              + OverlayMount.MAX_LOWER
              + " together",
          "squash the image: build it again with fewer layers");
    }
    try {
      makeDirectories(directory);
      if (lower.isEmpty()) {
        var empty = Files.createDirectory(directory.resolve(Snapshot.EMPTY), OWNER_ONLY);
        Files.setPosixFilePermissions(empty, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
      var visible = visible(directory, lower);
      kept(directory, lower).keep(directory.resolve(Snapshot.UPPER));
      return snapshot(directory, visible, Optional.of(layersRoot), options);
    } catch (IOException e) {
      throw failure(directory, e);
    }
  }

  /// Make empty files for something to be mounted on, where the image has none and the directory
  /// for them. To do the same in the mounted overlay takes four times as long.
  ///
  /// @param files relative to the root
  /// @throws ImageException where one cannot be made
  public static void place(Snapshot snapshot, Collection<Path> files) throws ImageException {
    try {
      var lower = snapshot.mount().lower();
      var attributes =
          snapshot.layersRoot().isPresent()
              ? KeptAttributes.of(lower)
              : KeptAttributes.ofOne(lower);
      new Places(LayerStack.of(lower), snapshot.mount().upper(), attributes).make(files);
    } catch (IOException e) {
      throw failure(snapshot.directory(), e);
    }
  }

  /// Find a snapshot that was made before, ready to be mounted again.
  ///
  /// @param lower as its mount had it
  /// @throws ImageException where it is not there any more
  public static Snapshot reopen(Path directory, List<Path> lower, Set<OverlayOption> options)
      throws ImageException {
    return reopen(directory, lower, Optional.empty(), options);
  }

  /// Find a snapshot that was made before, ready to be mounted again.
  ///
  /// @param lower as it was given when the snapshot was made
  /// @param layersRoot what holds all of `lower`, where they are the layers of an image
  /// @throws ImageException where it is not there any more
  public static Snapshot reopen(
      Path directory, List<Path> lower, Optional<Path> layersRoot, Set<OverlayOption> options)
      throws ImageException {
    if (!Files.isDirectory(directory.resolve(Snapshot.UPPER))) {
      throw new ImageException("no snapshot in " + directory, "");
    }
    try {
      var visible = layersRoot.isPresent() ? visible(directory, lower) : lower;
      var snapshot = snapshot(directory, visible, layersRoot, options);
      forgetVolatile(snapshot);
      return snapshot;
    } catch (IOException e) {
      throw failure(directory, e);
    }
  }

  private static KeptAttributes kept(Path directory, List<Path> lower) throws IOException {
    return lower.isEmpty()
        ? KeptAttributes.ofOne(List.of(directory.resolve(Snapshot.EMPTY)))
        : KeptAttributes.of(lower);
  }

  /// Return the layers that are seen, or an empty directory where there are none.
  private static List<Path> visible(Path directory, List<Path> lower) throws IOException {
    return lower.isEmpty() ? List.of(directory.resolve(Snapshot.EMPTY)) : LayerStack.visible(lower);
  }

  /// Find the snapshot of a container that runs; nothing of it is touched.
  ///
  /// @param lower as when it was made
  public static Snapshot running(
      Path directory, List<Path> lower, Optional<Path> layersRoot, Set<OverlayOption> options)
      throws ImageException {
    try {
      var visible = layersRoot.isPresent() ? visible(directory, lower) : lower;
      return snapshot(directory, visible, layersRoot, options);
    } catch (IOException e) {
      throw failure(directory, e);
    }
  }

  /// Mount a snapshot for reading, attached nowhere, while its container runs: the files that are
  /// its own, whatever its processes have mounted and wherever they have put their root.
  ///
  /// @return the root of the mount, which goes when it is closed
  public static Fd viewRunning(Snapshot snapshot) throws ImageException {
    try {
      return OverlayView.beside(snapshot);
    } catch (SyscallException e) {
      throw notViewed(snapshot, e);
    }
  }

  private static ImageException notViewed(Snapshot snapshot, SyscallException e) {
    return new ImageException(
        "cannot look into the snapshot in " + snapshot.directory() + ": " + e.getMessage(),
        hint(e.errno()),
        e);
  }

  /// Mount a snapshot for reading, attached nowhere, after its container has ended.
  ///
  /// @return the root of the mount, which goes when it is closed
  /// @throws ImageException where the container still runs or a layer is gone
  public static Fd view(Snapshot snapshot) throws ImageException {
    forgetVolatile(snapshot);
    try {
      return OverlayView.of(snapshot);
    } catch (SyscallException e) {
      throw notViewed(snapshot, e);
    }
  }

  /// Return how many bytes the files have that a container has changed or made, each file counted
  /// once, whatever number of names it has.
  ///
  /// @throws ImageException where they cannot be read
  public static long usage(Path directory) throws ImageException {
    var seen = new HashSet<Object>();
    long bytes = 0;
    try (var tree = Files.walk(directory.resolve(Snapshot.UPPER))) {
      for (var file : (Iterable<Path>) tree::iterator) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
            && seen.add(Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS))) {
          bytes += Files.size(file);
        }
      }
      return bytes;
    } catch (NoSuchFileException | UncheckedIOException e) {
      return bytes; // it is being removed, or changed by its container
    } catch (IOException e) {
      throw failure(directory, e);
    }
  }

  /// Delete a snapshot with all that its container wrote; none there is no error.
  ///
  /// @throws ImageException where something in it is still mounted
  public static void remove(Path directory) throws ImageException {
    try {
      TreeRemoval.delete(directory);
    } catch (IOException e) {
      throw new ImageException(
          "cannot remove the snapshot in " + directory + ": " + e.getMessage(), "", e);
    }
  }

  /// Say what to do when an overlay cannot be mounted, or nothing where that is not known.
  public static String hint(Errno errno) {
    return switch (errno) {
      case EINVAL ->
          "an overlay's upper layer needs a file system such as ext4, xfs or tmpfs: put --root on"
              + " one";
      case EBUSY -> "the snapshot is mounted: wait for its container to end";
      case ENODEV -> "the kernel needs CONFIG_OVERLAY_FS: modprobe overlay";
      case ESTALE, ELOOP -> "the directories of an overlay must not lie in one another";
      default -> "";
    };
  }

  /// Return the paths below a snapshot's root at which the engine's state is hidden, which are no
  /// changes of the container.
  ///
  /// @param hidden as it was given when the snapshot was made
  /// @throws ImageException where the machine's mounts cannot be read
  public static List<Path> masks(Snapshot snapshot, Collection<Path> hidden) throws ImageException {
    try {
      return masked(snapshot.mount().lower().getFirst(), hidden);
    } catch (IOException e) {
      throw new ImageException("cannot read the machine's mounts: " + e.getMessage(), "", e);
    }
  }

  private static List<Path> masked(Path lower, Collection<Path> hidden) throws IOException {
    var mounts = Mountinfo.read();
    var found = new ArrayList<Path>();
    for (var path : hidden) {
      Masks.find(mounts, lower, path).ifPresent(found::add);
    }
    return found;
  }

  private static Snapshot ofOne(
      Path directory, Path lower, Collection<Path> hidden, Set<OverlayOption> options)
      throws ImageException {
    try {
      makeDirectories(directory);
      var upper = directory.resolve(Snapshot.UPPER);
      new Masks(lower, upper).hide(masked(lower, hidden));
      // The upper layer's root is the one that is seen.
      Masks.copyAttributes(lower, upper);
      return snapshot(directory, List.of(lower), Optional.empty(), options);
    } catch (IOException e) {
      throw failure(directory, e);
    }
  }

  private static void makeDirectories(Path directory) throws IOException {
    Files.createDirectories(directory, OWNER_ONLY);
    for (String name : List.of(Snapshot.UPPER, Snapshot.WORK, Snapshot.MERGED)) {
      Files.createDirectory(directory.resolve(name), OWNER_ONLY);
    }
  }

  private static Snapshot snapshot(
      Path directory, List<Path> lower, Optional<Path> layersRoot, Set<OverlayOption> options) {
    return new Snapshot(
        directory,
        new OverlayMount(
            lower, directory.resolve(Snapshot.UPPER), directory.resolve(Snapshot.WORK), options),
        layersRoot);
  }

  private static ImageException failure(Path directory, IOException e) {
    return new ImageException(
        "cannot make a snapshot in " + directory + ": " + e.getMessage(), ImageHints.of(e), e);
  }

  /// A volatile overlay leaves `work/work/incompat/volatile`, with which it is not mounted again;
  /// what is in the work directory between two mounts is of no use.
  private static void forgetVolatile(Snapshot snapshot) throws ImageException {
    var left = snapshot.mount().work().resolve("work").resolve("incompat");
    try {
      TreeRemoval.delete(left);
    } catch (IOException e) {
      throw new ImageException("cannot remove " + left + ": " + e.getMessage(), "", e);
    }
  }
}
