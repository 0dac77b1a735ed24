package jontainers.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import jontainers.image.ImageException;
import jontainers.image.tar.TarAttributes;
import jontainers.image.tar.TarEntry;
import jontainers.linux.Directory;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.FileType;
import jontainers.linux.SyscallException;
import jontainers.linux.TreeWriter;
import jontainers.linux.Xattr;
import org.jspecify.annotations.Nullable;

/// Find and make the directories of a layer, beginning at its root and never leaving it.
///
/// Each component is opened in the directory before it, without following links. Links are read and
/// walked here, `/` and `..` ending at the root, so that what a path leads to cannot change between
/// looking and using (as with openat2's RESOLVE_IN_ROOT, but the way is known without links, too).
/// Up to 64 directories are kept open under that name, which makes nearly all lookups one in a map.
///
/// Names are bytes, kept in strings of ISO 8859-1. Confined to one thread.
final class LayerRoot implements AutoCloseable {
  /// The deepest that directories may lie in one another: whoever walks them has each open.
  static final int MAX_DEPTH = 512;

  private static final int OPEN = 64;
  private static final int MAX_LINKS = 40; // MAXSYMLINKS of the kernel
  private static final int OWNER = 0700;
  private static final TarAttributes NOTHING = new TarAttributes(0, 0, 0, 0, 0, 0, 0);

  private final TreeWriter writer;
  private final Privilege privilege;
  private final LinkedHashMap<String, OpenDirectory> open = new LinkedHashMap<>(OPEN, 0.75f, true);
  private final OpenDirectory root;
  private long implied;

  /// Directories that no entry told of: they keep what the layers below have. The root is one, too.
  private final Set<String> unsaid = new LinkedHashSet<>(List.of(""));

  /// Those of them that were made for whiteouts alone, and have nothing else in them.
  private final Set<String> hollow = new HashSet<>();

  private final Set<String> opaque = new HashSet<>();
  private final Set<String> whiteouts = new HashSet<>();

  /// @param root an empty directory; its descriptor is taken
  LayerRoot(TreeWriter writer, Fd root, Privilege privilege) {
    this.writer = writer;
    this.privilege = privilege;
    this.root = OpenDirectory.made(writer, root, "", 0, 0);
  }

  /// Return how many directories were made that no entry told of.
  long implied() {
    return implied;
  }

  OpenDirectory root() {
    return root;
  }

  /// Find a directory, made with all above it where it is missing.
  ///
  /// @param path `/`-separated, without `..`
  /// @param like the entry that needs it, of which those that are made take the time
  OpenDirectory make(String path, TarAttributes like) throws SyscallException, ImageException {
    var known = path.isEmpty() ? root : open.get(path);
    var directory = known != null ? known : reached(walk(path, like, Way.MADE));
    if (!hollow.isEmpty()) {
      fill(directory.path());
    }
    return directory;
  }

  /// Find or make the directory of a whiteout; none where the layer hides that itself, and with it
  /// all that the whiteout would hide.
  Optional<OpenDirectory> makeForWhiteout(String path, TarAttributes like)
      throws SyscallException, ImageException {
    var known = path.isEmpty() ? root : open.get(path);
    return known != null
        ? Optional.of(known)
        : Optional.ofNullable(walk(path, like, Way.MADE_FOR_WHITEOUT));
  }

  /// Something lies in a directory that a whiteout in it does not tell of.
  private void fill(String path) {
    for (String at = path; !at.isEmpty(); at = LayerPath.parent(at)) {
      hollow.remove(at);
    }
  }

  /// Tell whether a directory has whiteouts in it, and nothing else.
  boolean isHollow(OpenDirectory parent, String name) throws ImageException {
    return hollow.contains(below(parent, name));
  }

  /// Take note that a directory was deleted with all that was in it.
  void forget(OpenDirectory parent, String name) throws ImageException {
    String path = below(parent, name);
    hollow.removeIf(p -> p.equals(path) || p.startsWith(path + "/"));
    whiteouts.removeIf(p -> p.startsWith(path + "/"));
    opaque.removeIf(p -> p.equals(path) || p.startsWith(path + "/"));
    unsaid.removeIf(p -> p.equals(path) || p.startsWith(path + "/"));
  }

  /// Take note that an entry told of a directory.
  void said(OpenDirectory directory) {
    unsaid.remove(directory.path());
    if (!hollow.isEmpty()) {
      fill(directory.path());
    }
  }

  /// Return the directories that no entry told of.
  Set<String> unsaid() {
    return unsaid;
  }

  private static OpenDirectory reached(@Nullable OpenDirectory directory) {
    return Objects.requireNonNull(directory, "only whiteouts end before");
  }

  /// What is done about a directory that is missing.
  private enum Way {
    FOUND,
    MADE,
    MADE_FOR_WHITEOUT
  }

  /// Find a directory that has to be there.
  OpenDirectory find(String path) throws SyscallException, ImageException {
    var known = path.isEmpty() ? root : open.get(path);
    return known != null ? known : reached(walk(path, NOTHING, Way.FOUND));
  }

  /// Make a directory that is not there; it is kept open.
  OpenDirectory add(OpenDirectory parent, String name, TarAttributes attributes)
      throws SyscallException, ImageException {
    byte[] bytes = name.getBytes(ISO_8859_1);
    String path = below(parent, name);
    writer.mkdirat(parent.fd(), bytes);
    var fd = writer.openDirectory(parent.fd(), bytes);
    var made =
        OpenDirectory.made(writer, fd, path, attributes.mtimeSeconds(), attributes.mtimeNanos());
    keep(made);
    return made;
  }

  /// Open a directory that is there, which is no link.
  OpenDirectory enter(OpenDirectory parent, String name) throws SyscallException, ImageException {
    String path = below(parent, name);
    var known = open.get(path);
    if (known != null) {
      return known;
    }
    byte[] bytes = name.getBytes(ISO_8859_1);
    var entered =
        privilege == Privilege.ROOT ? opened(parent, bytes, path) : forced(parent, bytes, path);
    keep(entered);
    return entered;
  }

  private OpenDirectory opened(OpenDirectory parent, byte[] name, String path)
      throws SyscallException {
    var fd = writer.openDirectory(parent.fd(), name);
    try {
      return OpenDirectory.again(writer, fd, path, FileStatus.of(fd));
    } catch (SyscallException | RuntimeException e) {
      fd.close();
      throw e;
    }
  }

  /// One's own directory may have a mode that keeps its owner out.
  private OpenDirectory forced(OpenDirectory parent, byte[] name, String path)
      throws SyscallException {
    try (var found = writer.find(parent.fd(), name)) {
      var status = FileStatus.of(found);
      if (status.type() != FileType.DIRECTORY) {
        throw new SyscallException("openat", found.name(), Errno.ENOTDIR);
      }
      boolean closed = (status.mode() & OWNER) != OWNER;
      if (closed) {
        writer.chmod(found, status.mode() | OWNER);
      }
      var fd = writer.openDirectory(parent.fd(), name);
      try {
        var directory = OpenDirectory.again(writer, fd, path, status);
        if (closed) {
          directory.restoreMode();
        }
        return directory;
      } catch (SyscallException | RuntimeException e) {
        fd.close();
        throw e;
      }
    }
  }

  /// Leave all directories, since one of them may be deleted now.
  void leaveAll() throws SyscallException {
    for (var directory : open.values()) {
      directory.leave();
    }
    open.clear();
  }

  /// Take note of a whiteout that was made.
  void hides(OpenDirectory parent, String name) throws ImageException {
    whiteouts.add(below(parent, name));
  }

  /// Take whiteouts away that lie in an opaque directory, however deep: overlayfs hides the names
  /// of whiteouts in directories of several layers alone, and `ls` would show them.
  private void removeIdleWhiteouts() throws SyscallException, ImageException {
    for (String path : whiteouts) {
      boolean idle = false;
      for (String at = LayerPath.parent(path); !at.isEmpty(); at = LayerPath.parent(at)) {
        idle |= opaque.contains(at);
      }
      if (idle || opaque.contains("")) {
        var parent = find(LayerPath.parent(path));
        if (isWhiteout(parent, LayerPath.name(path))) {
          writer.unlinkat(parent.fd(), LayerPath.name(path).getBytes(ISO_8859_1));
        }
      }
    }
  }

  /// Leave all directories and the root: the end of a layer that is complete.
  void finish() throws SyscallException, ImageException {
    if (!opaque.isEmpty()) {
      removeIdleWhiteouts();
    }
    leaveAll();
    root.leave();
  }

  @Override
  public void close() {
    open.values().forEach(OpenDirectory::giveUp);
    open.clear();
    root.giveUp();
  }

  /// @return none where a whiteout is in the way of another
  private @Nullable OpenDirectory walk(String path, TarAttributes like, Way way)
      throws SyscallException, ImageException {
    var rest = new ArrayDeque<String>();
    push(path, rest);
    var at = root;
    int links = 0;
    while (!rest.isEmpty()) {
      String name = rest.pop();
      if (name.equals("..")) {
        at = find(LayerPath.parent(at.path()));
        continue;
      }
      try {
        at = enter(at, name);
      } catch (SyscallException e) {
        if (e.errno() == Errno.ENOENT && way != Way.FOUND) {
          at = implied(at, name, like);
          unsaid.add(at.path());
          if (way == Way.MADE_FOR_WHITEOUT) {
            hollow.add(at.path());
          }
        } else if (e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
          byte[] target = link(at, name);
          if (target.length > 0) {
            if (++links > MAX_LINKS) {
              throw new ImageException(
                  text(path) + " leads through more than " + MAX_LINKS + " links", "");
            }
            at = target[0] == '/' ? root : at;
            push(new String(target, ISO_8859_1), rest);
          } else if (way == Way.MADE_FOR_WHITEOUT && isWhiteout(at, name)) {
            return null;
          } else if (way == Way.MADE && isWhiteout(at, name)) {
            at = instead(at, name, like);
          } else {
            throw new ImageException(text(below(at, name)) + " is not a directory", "");
          }
        } else {
          throw e;
        }
      }
    }
    return at;
  }

  /// Put the components of a path before those that are left.
  private static void push(String path, Deque<String> rest) {
    String[] names = path.split("/");
    for (int i = names.length - 1; i >= 0; i--) {
      if (!names[i].isEmpty() && !names[i].equals(".")) {
        rest.push(names[i]);
      }
    }
  }

  /// Make a directory for which there was no entry.
  private OpenDirectory implied(OpenDirectory parent, String name, TarAttributes like)
      throws SyscallException, ImageException {
    var made = add(parent, name, like);
    implied++;
    if (privilege == Privilege.ROOT) {
      writer.fchown(made.fd(), 0, 0);
    }
    return made;
  }

  /// A directory in place of a whiteout hides what the layers below have there.
  private OpenDirectory instead(OpenDirectory parent, String name, TarAttributes like)
      throws SyscallException, ImageException {
    writer.unlinkat(parent.fd(), name.getBytes(ISO_8859_1));
    var made = implied(parent, name, like);
    setOpaque(made);
    return made;
  }

  void setOpaque(OpenDirectory directory) throws SyscallException {
    opaque.add(directory.path());
    byte[] name = privilege.opaque().getBytes(ISO_8859_1);
    writer.fsetxattr(directory.fd(), new Xattr(name, new byte[] {'y'}));
  }

  boolean isWhiteout(OpenDirectory parent, String name) throws SyscallException {
    try (var found = writer.find(parent.fd(), name.getBytes(ISO_8859_1))) {
      return isWhiteout(FileStatus.of(found));
    }
  }

  static boolean isWhiteout(FileStatus status) {
    return status.type() == FileType.CHARACTER_DEVICE && status.special() == 0;
  }

  /// Return where a link leads; empty where it is no link.
  private byte[] link(OpenDirectory parent, String name) throws SyscallException {
    try (var found = writer.find(parent.fd(), name.getBytes(ISO_8859_1))) {
      return FileStatus.of(found).type() == FileType.SYMLINK
          ? Directory.readlink(found)
          : new byte[0];
    }
  }

  private void keep(OpenDirectory directory) throws SyscallException {
    if (open.size() == OPEN) {
      var eldest = open.pollFirstEntry();
      if (eldest != null) {
        eldest.getValue().leave();
      }
    }
    open.put(directory.path(), directory);
  }

  private static String below(OpenDirectory parent, String name) throws ImageException {
    String path = parent.path().isEmpty() ? name : parent.path() + "/" + name;
    long depth = path.chars().filter(c -> c == '/').count();
    if (depth >= MAX_DEPTH) {
      throw new ImageException(text(path) + " lies in more than " + MAX_DEPTH + " directories", "");
    }
    return path;
  }

  private static String text(String path) {
    return TarEntry.text(path.getBytes(ISO_8859_1));
  }
}
