package jontainers.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.FileType;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;
import jontainers.linux.Xattr;

/// Look files up in layers that lie above each other, as an overlay of them would show them,
/// without mounting it (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque
/// directories").
///
/// A name counts where it is found first, from the top. A directory is that of all layers together
/// down to the first in which it is opaque; a device node 0:0 hides what is below. Each component
/// of a path is looked at by itself and never followed by the kernel, so that no link of an image
/// leads out of its layers: links are walked here, `/` and `..` ending at the root.
///
/// What lies in the layers does not change while it is looked at. Safe for any thread.
public final class LayerStack {
  private static final int MAX_LINKS = 40; // MAXSYMLINKS of the kernel
  private static final Path ROOT = Path.of("/");
  private static final Set<String> OPAQUE = Set.of("trusted.overlay.opaque", "user.overlay.opaque");

  private final List<Path> layers;

  private LayerStack(List<Path> layers) {
    this.layers = layers;
  }

  /// Look into unpacked layers, the uppermost first.
  public static LayerStack of(List<Path> lower) {
    return new LayerStack(List.copyOf(lower));
  }

  /// What a name stands for: a file of one layer, or a directory of several.
  ///
  /// @param places on the host, the uppermost first; only a directory has several
  private record Found(FileType type, List<Path> places) {
    Path top() {
      return places.getFirst();
    }
  }

  /// Where a walk has come to.
  ///
  /// @param path of the image
  /// @param found nothing where there is no such file
  private record End(Path path, Optional<Found> found) {}

  /// Find a file; no link is followed.
  ///
  /// @param relative to the root, without `..`; empty for the root itself
  /// @return where it lies on the host; of a directory the uppermost, whose attributes are shown
  /// @throws IOException where a layer cannot be read
  public Optional<Path> find(Path relative) throws IOException {
    var at = new Found(FileType.DIRECTORY, layers);
    for (var name : relative) {
      if (name.toString().isEmpty()) {
        continue;
      }
      var next = lookUp(at, name);
      if (next.isEmpty()) {
        return Optional.empty();
      }
      at = next.get();
    }
    return Optional.of(at.top());
  }

  /// Find the directory whose attributes a directory has to show: the uppermost that its layer
  /// tells of, since one that is merely implied keeps what lies below, even where it hides the
  /// files in it.
  ///
  /// @param relative to the root; empty for the root itself
  /// @param unsaid the directories that each layer does not tell of
  /// @return nothing where it is no directory
  Optional<Path> attributes(Path relative, Map<Path, Set<Path>> unsaid) throws IOException {
    var at = new Found(FileType.DIRECTORY, layers);
    boolean isRoot = relative.toString().isEmpty();
    int count = isRoot ? 0 : relative.getNameCount();
    for (int i = 0; i < count; i++) {
      var next = lookUp(at, relative.getName(i), i == count - 1);
      if (next.isEmpty() || next.get().type != FileType.DIRECTORY) {
        return Optional.empty();
      }
      at = next.get();
    }
    for (var place : at.places) {
      for (var layer : layers) {
        if (place.startsWith(layer)
            && !unsaid.getOrDefault(layer, Set.of()).contains(layer.relativize(place))) {
          return Optional.of(place);
        }
      }
    }
    return Optional.of(at.top());
  }

  /// Find the directory that a path leads to or the file, links being followed inside the layers.
  ///
  /// @param path of the image, such as `/etc/passwd`
  /// @return where it lies on the host; nothing where it is not there or the links go round
  /// @throws IOException where a layer cannot be read
  public Optional<Path> resolve(String path) throws IOException {
    return walk(path).flatMap(End::found).map(Found::top);
  }

  /// Return the path in the image that a path's links lead to, whether or not there is such a file.
  ///
  /// @param path of the image; returned as it is where its links go round
  /// @throws IOException where a layer cannot be read
  public String followed(String path) throws IOException {
    return walk(path).map(end -> RawText.of(end.path)).orElse(path);
  }

  /// Read a regular file, links being followed inside the layers; of a longer one the beginning.
  ///
  /// @param path of the image
  /// @param limit the most bytes that are read
  /// @return nothing where there is no such file or it is not a regular one
  /// @throws IOException where it cannot be read
  public Optional<byte[]> read(String path, int limit) throws IOException {
    var found = walk(path).flatMap(End::found).filter(file -> file.type == FileType.REGULAR);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    // Neither a fifo nor a device, should it be another file by now, makes anybody wait.
    int flags = Fd.O_RDONLY | Fd.O_NOFOLLOW | Fd.O_NONBLOCK | Fd.O_NOCTTY;
    try (var file = Fd.open(found.get().top(), flags);
        var stream = file.inputStream()) {
      return FileStatus.of(file).type() == FileType.REGULAR
          ? Optional.of(stream.readNBytes(limit))
          : Optional.empty();
    }
  }

  /// Return the layers down to the first whose root is opaque: whatever lies below is hidden by it,
  /// but overlayfs does not look for that mark at a layer's root.
  static List<Path> visible(List<Path> lower) throws IOException {
    for (int i = 0; i < lower.size() - 1; i++) {
      try (var root = Fd.open(lower.get(i), Fd.O_PATH | Fd.O_DIRECTORY)) {
        if (isOpaque(root)) {
          return List.copyOf(lower.subList(0, i + 1));
        }
      }
    }
    return List.copyOf(lower);
  }

  /// Walk to the end of a path; nothing where there are too many links.
  private Optional<End> walk(String path) throws IOException {
    var rest = new ArrayDeque<Path>();
    push(RawText.path(path), rest);
    var above = new ArrayDeque<Found>(); // the directories above, and this one on top
    above.push(new Found(FileType.DIRECTORY, layers));
    var at = ROOT;
    int links = 0;
    while (!rest.isEmpty()) {
      var name = rest.pop();
      if (name.toString().equals("..")) {
        if (above.size() > 1) {
          above.pop();
        }
        at = at.getParent() == null ? ROOT : at.getParent();
        continue;
      }
      var found = lookUp(above.element(), name);
      if (found.isPresent() && found.get().type == FileType.SYMLINK) {
        if (++links > MAX_LINKS) {
          return Optional.empty();
        }
        var target = Files.readSymbolicLink(found.get().top());
        if (target.isAbsolute()) {
          above = new ArrayDeque<>(List.of(above.getLast()));
          at = ROOT;
        }
        push(target, rest);
      } else if (found.isEmpty() || (found.get().type != FileType.DIRECTORY && !rest.isEmpty())) {
        return Optional.of(new End(appended(at.resolve(name), rest), Optional.empty()));
      } else {
        above.push(found.get());
        at = at.resolve(name);
      }
    }
    return Optional.of(new End(at, Optional.of(above.element())));
  }

  /// There is nothing more to be followed: the path of what could be made there.
  private static Path appended(Path at, Deque<Path> rest) {
    var path = at;
    for (var name : rest) {
      path = path.resolve(name);
    }
    return path.normalize();
  }

  private static void push(Path path, Deque<Path> rest) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      var name = path.getName(i);
      if (!name.toString().isEmpty() && !name.toString().equals(".")) {
        rest.push(name);
      }
    }
  }

  /// Look a name up in a directory of several layers.
  private static Optional<Found> lookUp(Found directory, Path name) throws IOException {
    return lookUp(directory, name, false);
  }

  /// @param through whether an opaque directory is together with those below
  private static Optional<Found> lookUp(Found directory, Path name, boolean through)
      throws IOException {
    if (directory.type != FileType.DIRECTORY) {
      return Optional.empty();
    }
    var directories = new ArrayList<Path>();
    for (var place : directory.places) {
      var path = place.resolve(name);
      try (var file = Fd.open(path, Fd.O_PATH | Fd.O_NOFOLLOW)) {
        var status = FileStatus.of(file);
        if (status.type() != FileType.DIRECTORY) {
          return directories.isEmpty() && !isWhiteout(status)
              ? Optional.of(new Found(status.type(), List.of(path)))
              : together(directories);
        }
        directories.add(path);
        if (!through && directory.places.size() > 1 && isOpaque(file)) {
          return together(directories);
        }
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENAMETOOLONG) {
          throw e;
        }
      }
    }
    return together(directories);
  }

  private static Optional<Found> together(List<Path> directories) {
    return directories.isEmpty()
        ? Optional.empty()
        : Optional.of(new Found(FileType.DIRECTORY, List.copyOf(directories)));
  }

  private static boolean isWhiteout(FileStatus status) {
    return status.type() == FileType.CHARACTER_DEVICE && status.special() == 0;
  }

  /// Whether a directory, which may be open as O_PATH, has the mark of overlayfs under either of
  /// its names.
  private static boolean isOpaque(Fd directory) throws SyscallException {
    for (var xattr : Xattr.ofPath(directory)) {
      if (OPAQUE.contains(new String(xattr.name(), ISO_8859_1))
          && Arrays.equals(xattr.value(), new byte[] {'y'})) {
        return true;
      }
    }
    return false;
  }
}
