package jontainers.image.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jontainers.linux.DataRanges;
import jontainers.linux.Directory;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.FileType;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;
import jontainers.linux.Xattr;

/// Write a directory with all that is in it as a tar archive: all of it, or what an overlay's upper
/// directory changes.
///
/// Every file is looked up once, in the open directory that holds it, without following links and
/// without crossing into another mount: a container that renames files meanwhile cannot lead the
/// walk out of its root (as in CVE-2018-15664). Entries come in the order of their names' bytes, so
/// the same tree makes the same archive. Memory grows with the largest directory, the depth and the
/// number of files with several links, not with the content. Confined to one thread, whose
/// interruption ends it.
public final class TarTree {
  /// The most warnings that are kept.
  public static final int MAX_WARNINGS = 100;

  private static final byte[] NONE = new byte[0];
  private static final byte[] ROOT = {'.', '/'};
  private static final TarAttributes WHITEOUT = new TarAttributes(0644, 0, 0, 0, 0, 0, 0);

  private static final class Level {
    private final Directory directory;
    private final byte[] path;
    private Iterator<Directory.Entry> entries = Collections.emptyIterator();

    Level(Directory directory, byte[] path) {
      this.directory = directory;
      this.path = path;
    }
  }

  private record Inode(long device, long number) {}

  private static final class Links {
    private final byte[] path;
    private long left;

    Links(byte[] path, long left) {
      this.path = path;
      this.left = left;
    }
  }

  private final PaxWriter writer;
  private final Set<String> hidden;
  private final boolean changes;
  private final Deque<Level> levels = new ArrayDeque<>();
  private final Map<Inode, Links> links = new HashMap<>();
  private final List<String> warnings = new ArrayList<>();
  private long entries;
  private boolean nodev;

  private TarTree(PaxWriter writer, Set<String> hidden, boolean changes) {
    this.writer = writer;
    this.hidden = hidden;
    this.changes = changes;
  }

  /// Write everything as it is, names beginning with `./`.
  public static TarTree whole(PaxWriter writer) {
    return new TarTree(writer, Set.of(), false);
  }

  /// Write an upper directory as a layer: the marks of overlayfs become whiteouts.
  ///
  /// @param hidden paths below the directory, of which nothing is written
  public static TarTree changes(PaxWriter writer, Collection<Path> hidden) {
    var names = new HashSet<String>();
    hidden.forEach(path -> names.add(new String(RawText.encode(RawText.of(path)), ISO_8859_1)));
    return new TarTree(writer, Set.copyOf(names), true);
  }

  /// Write the archive with its end.
  ///
  /// @param root a directory, which may be open as O_PATH only
  /// @throws IOException where a file cannot be read or the archive not be written
  public void write(Fd root) throws IOException {
    try {
      walk(Directory.reopen(root));
    } finally {
      levels.forEach(level -> level.directory.close());
    }
  }

  /// Return how many entries have been written.
  public long entries() {
    return entries;
  }

  /// Return one for each file that was left out or that changed while it was read.
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  private void walk(Directory root) throws IOException {
    enter(root, changes ? NONE : ROOT);
    nodev = root.isNodev();
    while (!levels.isEmpty()) {
      if (Thread.interrupted()) {
        throw new InterruptedIOException("interrupted");
      }
      var level = levels.element();
      if (level.entries.hasNext()) {
        visit(level, level.entries.next());
      } else {
        levels.pop().directory.close();
      }
    }
    writer.finish();
  }

  /// Write a directory's entry, and have its files be visited next.
  private void enter(Directory directory, byte[] path) throws IOException {
    var level = new Level(directory, path);
    levels.push(level);
    level.entries = directory.entries().iterator();
    var status = FileStatus.of(directory.fd());
    var xattrs = Xattr.of(directory.fd());
    plain(TarType.DIRECTORY, path.length == 0 ? ROOT : path, NONE, status, xattrs);
    if (changes && OverlayMarks.isOpaque(xattrs)) {
      whiteout(join(path, OverlayMarks.OPAQUE));
    }
  }

  private void visit(Level level, Directory.Entry entry) throws IOException {
    byte[] name = entry.name();
    if (isHidden(level, name)) {
      return;
    }
    try {
      if (!entry.regular() || !nodev || !openedAtOnce(level, name)) {
        lookUp(level, name);
      }
    } catch (SyscallException e) {
      switch (e.errno()) {
        case ENOENT -> warn(join(level.path, name), "is gone meanwhile, left out");
        case EXDEV -> mountPoint(level, name);
        default -> throw e;
      }
    }
  }

  private boolean isHidden(Level level, byte[] name) {
    if (!changes) {
      return false;
    }
    if (OverlayMarks.looksLikeWhiteout(name)) {
      warn(join(level.path, name), "has a name that means something else in a layer, left out");
      return true;
    }
    return !hidden.isEmpty() && hidden.contains(new String(join(level.path, name), ISO_8859_1));
  }

  /// Two calls fewer for each file, where opening a device by mistake can do no harm.
  private boolean openedAtOnce(Level level, byte[] name) throws IOException {
    try (var content = level.directory.openFile(name)) {
      var status = FileStatus.of(content);
      if (status.type() != FileType.REGULAR) {
        return false;
      }
      regular(content, join(level.path, name), status);
      return true;
    } catch (SyscallException e) {
      if (e.call().equals("openat2") && e.errno() != Errno.EXDEV) {
        return false;
      }
      throw e;
    }
  }

  private void lookUp(Level level, byte[] name) throws IOException {
    byte[] path = join(level.path, name);
    try (var file = level.directory.find(name)) {
      var status = FileStatus.of(file);
      switch (status.type()) {
        case DIRECTORY -> enter(Directory.reopen(file), join(path, new byte[] {'/'}));
        case REGULAR -> {
          try (var content = Directory.reopen(file, Fd.O_RDONLY)) {
            regular(content, path, status);
          }
        }
        case SYMLINK -> {
          // Never as a hard link: Python's tarfile then sets owner and mode of where it leads.
          byte[] link = Directory.readlink(file);
          plain(TarType.SYMBOLIC_LINK, path, link, status, Xattr.ofPath(file));
        }
        case CHARACTER_DEVICE -> {
          if (changes && status.special() == 0) {
            whiteout(join(level.path, OverlayMarks.whiteout(name)));
          } else {
            special(TarType.CHARACTER_DEVICE, file, path, status);
          }
        }
        case BLOCK_DEVICE -> special(TarType.BLOCK_DEVICE, file, path, status);
        case FIFO -> special(TarType.FIFO, file, path, status);
        case SOCKET -> warn(path, "is a socket, left out");
      }
    }
  }

  private void special(TarType type, Fd file, byte[] path, FileStatus status) throws IOException {
    if (!isLinked(path, status)) {
      plain(type, path, NONE, status, Xattr.ofPath(file));
    }
  }

  private void regular(Fd content, byte[] path, FileStatus status) throws IOException {
    var xattrs = Xattr.of(content);
    if (changes && OverlayMarks.isWhiteout(xattrs)) {
      int slash = path.length;
      while (slash > 0 && path[slash - 1] != '/') {
        slash--;
      }
      byte[] name = Arrays.copyOfRange(path, slash, path.length);
      whiteout(join(Arrays.copyOf(path, slash), OverlayMarks.whiteout(name)));
      return;
    }
    if (isLinked(path, status)) {
      return;
    }
    var entry = TarEntry.of(TarType.FILE, path, NONE, status.size(), status, kept(path, xattrs));
    entries++;
    long missing =
        status.blocks() * PaxWriter.BLOCK < status.size()
            ? sparse(entry, content)
            : writer.file(entry, content);
    if (missing > 0) {
      warn(path, "shrank by " + missing + " bytes while it was read, filled with zeros");
    } else if (FileStatus.of(content).size() > status.size()) {
      warn(path, "grew while it was read, cut off at its first size");
    }
  }

  /// A file may have fewer blocks than bytes without a hole, where the file system compresses.
  private long sparse(TarEntry entry, Fd content) throws IOException {
    var ranges = DataRanges.of(content, entry.size());
    return ranges.total() == entry.size()
        ? writer.file(entry, content)
        : writer.sparseFile(entry, content, ranges);
  }

  private void plain(TarType type, byte[] path, byte[] link, FileStatus status, List<Xattr> xattrs)
      throws IOException {
    writer.entry(TarEntry.of(type, path, link, 0, status, kept(path, xattrs)));
    entries++;
  }

  private List<Xattr> kept(byte[] path, List<Xattr> xattrs) throws IOException {
    return changes && !xattrs.isEmpty() ? OverlayMarks.without(path, xattrs) : xattrs;
  }

  /// An empty file, the same wherever and whenever something was deleted.
  private void whiteout(byte[] path) throws IOException {
    writer.entry(new TarEntry(TarType.FILE, path, NONE, 0, WHITEOUT, List.of(), null));
    entries++;
  }

  /// Write a link where the same file was written before.
  private boolean isLinked(byte[] path, FileStatus status) throws IOException {
    if (status.links() < 2) {
      return false;
    }
    var inode = new Inode(status.device(), status.inode());
    var known = links.get(inode);
    if (known == null) {
      links.put(inode, new Links(path, status.links() - 1));
      return false;
    }
    plain(TarType.HARD_LINK, path, known.path, status, List.of());
    if (--known.left == 0) {
      links.remove(inode);
    }
    return true;
  }

  /// What is mounted in the tree is not of it; the directory below cannot be seen.
  private void mountPoint(Level level, byte[] name) throws IOException {
    byte[] path = join(level.path, name);
    try (var file = level.directory.findMounted(name)) {
      var status = FileStatus.of(file);
      if (status.type() == FileType.DIRECTORY) {
        plain(TarType.DIRECTORY, join(path, new byte[] {'/'}), NONE, status, List.of());
      } else {
        warn(path, "is mounted on, left out");
      }
    }
  }

  private void warn(byte[] path, String what) {
    if (warnings.size() < MAX_WARNINGS) {
      warnings.add(RawText.decode(path) + " " + what);
    }
  }

  private static byte[] join(byte[] path, byte[] name) {
    byte[] joined = Arrays.copyOf(path, path.length + name.length);
    System.arraycopy(name, 0, joined, path.length, name.length);
    return joined;
  }
}
