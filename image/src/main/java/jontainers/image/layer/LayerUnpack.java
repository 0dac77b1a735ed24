package jontainers.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jontainers.image.ImageException;
import jontainers.image.tar.LimitedInput;
import jontainers.image.tar.TarEntry;
import jontainers.image.tar.TarReader;
import jontainers.image.tar.TarType;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.FileType;
import jontainers.linux.SyscallException;
import jontainers.linux.TreeRemoval;
import jontainers.linux.TreeWriter;
import jontainers.linux.Xattr;

/// Unpack the tar archive of a layer into an empty directory, as overlayfs wants to have it.
///
/// `.wh.NAME` becomes a device node 0:0, `.wh..wh..opq` the attribute that makes a directory
/// opaque. A whiteout hides what the layers below have and never what this one has, in whatever
/// order they come (OCI image specification, layer.md). Of two entries of the same name the later
/// one counts. Names with `..` are refused, a `/` at the beginning is left out, links in a path are
/// followed as if the directory were the root. Attributes by which overlayfs would take this
/// directory for something else are left out. Confined to one thread.
final class LayerUnpack implements AutoCloseable {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final String AUFS = ".wh..wh."; // its other names: layer.md does not know them
  private static final int BUFFER = 128 << 10;

  private final TreeWriter writer = new TreeWriter();
  private final LayerRoot root;
  private final Privilege privilege;
  private final LayerLimits limits;
  private final Whiteouts whiteouts;
  private final byte[] buffer = new byte[BUFFER];
  private final List<String> warnings = new ArrayList<>();
  private long size;
  private long attached;
  private long entries;

  /// What names that begin with `.wh.` say.
  private enum Whiteouts {
    /// What the layers below have, and this one hides.
    HIDE,
    /// Nothing: they are names like others.
    ARE_FILES
  }

  /// What a layer had.
  ///
  /// @param unsaid directories that no entry told of
  record Totals(long size, long entries, List<String> warnings, Set<String> unsaid) {}

  /// @param directory is empty; its descriptor is taken
  private LayerUnpack(Fd directory, Privilege privilege, LayerLimits limits, Whiteouts whiteouts) {
    this.privilege = privilege;
    this.limits = limits;
    this.whiteouts = whiteouts;
    this.root = new LayerRoot(writer, directory, privilege);
  }

  /// Unpack a whole archive; the stream is read to its end.
  ///
  /// @param directory is empty; its descriptor is taken
  /// @throws IOException where the archive cannot be read
  /// @throws ImageException where it is refused or a file cannot be made
  static Totals unpack(InputStream tar, Fd directory, Privilege privilege, LayerLimits limits)
      throws IOException, ImageException {
    return unpack(tar, directory, privilege, limits, Whiteouts.HIDE);
  }

  /// Unpack the archive of a tree that is no layer: whatever its names, all are files.
  ///
  /// @param directory is empty; its descriptor is taken
  /// @throws IOException where the archive cannot be read
  /// @throws ImageException where it is refused or a file cannot be made
  static Totals unpackTree(InputStream tar, Fd directory, Privilege privilege)
      throws IOException, ImageException {
    var unlimited = new LayerLimits(Long.MAX_VALUE, Long.MAX_VALUE);
    return unpack(tar, directory, privilege, unlimited, Whiteouts.ARE_FILES);
  }

  private static Totals unpack(
      InputStream tar, Fd directory, Privilege privilege, LayerLimits limits, Whiteouts whiteouts)
      throws IOException, ImageException {
    try (var unpack = new LayerUnpack(directory, privilege, limits, whiteouts)) {
      var reader = new TarReader(new LimitedInput(tar, limits.archive()));
      for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
        unpack.entry(entry.get(), reader);
      }
      unpack.root.finish();
      return new Totals(unpack.size, unpack.entries, unpack.warnings, unpack.root.unsaid());
    }
  }

  @Override
  public void close() {
    root.close();
    writer.close();
  }

  private void entry(TarEntry entry, TarReader content) throws IOException, ImageException {
    entries++;
    requireEntries(entry);
    attached += attached(entry);
    // The size of one may be near the largest there is.
    if (entry.size() > limits.bytes() - attached - size) {
      throw new ImageException(
          entry.text() + " makes the layer larger than " + limits.bytes() + " bytes", "");
    }
    size += entry.size();
    try {
      place(entry, content);
      requireEntries(entry);
    } catch (SyscallException e) {
      throw new ImageException(
          "cannot unpack " + entry.text() + ": " + e.getMessage(), hint(e, entry.type()), e);
    }
  }

  /// A directory that no entry tells of costs as much as another.
  private void requireEntries(TarEntry entry) throws ImageException {
    if (entries > limits.entries() - root.implied()) {
      throw new ImageException(
          "the layer has more than " + limits.entries() + " entries: " + entry.text(), "");
    }
  }

  /// Return the bytes that an entry takes beside its content: up to 64 KiB for each attribute.
  private static long attached(TarEntry entry) {
    long bytes = entry.type() == TarType.SYMBOLIC_LINK ? entry.link().length : 0;
    for (var xattr : entry.xattrs()) {
      bytes += xattr.name().length + xattr.value().length;
    }
    return bytes;
  }

  private static String hint(SyscallException e, TarType type) {
    boolean device = type == TarType.CHARACTER_DEVICE || type == TarType.BLOCK_DEVICE;
    return switch (e.errno()) {
      case ENOSPC, EDQUOT -> "free some space, or put --root on a larger file system";
      case EFBIG -> "raise the limit of file sizes: ulimit -f";
      case ENAMETOOLONG -> "the file system of --root does not take names that long";
      case EPERM ->
          device && e.call().equals("mknodat")
              ? "device nodes need CAP_MKNOD: run the engine as root of the machine"
              : "";
      default -> "";
    };
  }

  private void place(TarEntry entry, TarReader content) throws IOException, ImageException {
    String path = LayerPath.of(entry.name());
    if (path.isEmpty()) {
      root(entry);
      return;
    }
    String parent = LayerPath.parent(path);
    String name = LayerPath.name(path);
    if (whiteouts == Whiteouts.HIDE) {
      if (parent.startsWith(WHITEOUT) || parent.contains("/" + WHITEOUT)) {
        if (parent.startsWith(AUFS)) {
          return;
        }
        throw new ImageException(entry.text() + " lies in a whiteout", "");
      }
      if (name.startsWith(WHITEOUT)) {
        whiteout(entry, parent, name);
        return;
      }
    }
    switch (entry.type()) {
      case DIRECTORY -> directory(entry, parent, name);
      case FILE -> file(entry, parent, name, content);
      case HARD_LINK -> hardLink(entry, parent, name);
      case SYMBOLIC_LINK -> symbolicLink(entry, parent, name);
      case FIFO -> special(entry, parent, name, FileType.FIFO);
      case CHARACTER_DEVICE -> device(entry, parent, name, FileType.CHARACTER_DEVICE);
      case BLOCK_DEVICE -> device(entry, parent, name, FileType.BLOCK_DEVICE);
      case EXTENDED, GLOBAL, GNU_LONG_NAME, GNU_LONG_LINK ->
          throw new IllegalStateException("a reader returned " + entry.type());
    }
  }

  private void root(TarEntry entry) throws IOException, ImageException {
    if (entry.type() != TarType.DIRECTORY) {
      throw new ImageException("the layer's root is not a directory", "");
    }
    adopt(root.root(), entry);
  }

  private void whiteout(TarEntry entry, String parent, String name)
      throws IOException, ImageException {
    if (name.equals(OPAQUE)) {
      var opaque = root.makeForWhiteout(parent, entry.attributes());
      if (opaque.isPresent()) {
        root.setOpaque(opaque.get());
      }
      return;
    }
    if (name.startsWith(AUFS)) {
      return;
    }
    String hidden = name.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw new ImageException(entry.text() + " is a whiteout of nothing", "");
    }
    var found = root.makeForWhiteout(parent, entry.attributes());
    if (found.isPresent()) {
      hide(entry, parent, found.get(), hidden);
    }
  }

  private void hide(TarEntry entry, String parent, OpenDirectory directory, String hidden)
      throws IOException, ImageException {
    try {
      mknod(directory, hidden, FileType.CHARACTER_DEVICE, 0, 0);
      root.hides(directory, hidden);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      try (var found = writer.find(directory.fd(), bytes(hidden))) {
        if (FileStatus.of(found).type() != FileType.DIRECTORY) {
          return;
        }
      }
      if (root.isHollow(directory, hidden)) { // there is nothing of this layer in it
        var emptied = cleared(entry, parent, bytes(hidden));
        mknod(emptied, hidden, FileType.CHARACTER_DEVICE, 0, 0);
      } else {
        root.setOpaque(root.enter(directory, hidden));
      }
    }
  }

  private void directory(TarEntry entry, String parent, String name)
      throws IOException, ImageException {
    var holder = root.make(parent, entry.attributes());
    OpenDirectory directory;
    try {
      directory = root.add(holder, name, entry.attributes());
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      directory = existing(entry, holder, name);
    }
    adopt(directory, entry);
  }

  /// A directory that is there already is kept, and anything else makes room.
  private OpenDirectory existing(TarEntry entry, OpenDirectory holder, String name)
      throws SyscallException, ImageException {
    FileStatus status;
    try (var found = writer.find(holder.fd(), bytes(name))) {
      status = FileStatus.of(found);
    }
    if (status.type() == FileType.DIRECTORY) {
      return root.enter(holder, name);
    }
    writer.unlinkat(holder.fd(), bytes(name));
    var directory = root.add(holder, name, entry.attributes());
    if (LayerRoot.isWhiteout(status)) {
      root.setOpaque(directory);
    }
    return directory;
  }

  private void adopt(OpenDirectory directory, TarEntry entry) throws SyscallException {
    root.said(directory);
    var attributes = entry.attributes();
    if (privilege == Privilege.ROOT) {
      writer.fchown(directory.fd(), attributes.uid(), attributes.gid());
    }
    for (var xattr : entry.xattrs()) {
      if (OpenDirectory.isDefaultAcl(xattr) && privilege == Privilege.ROOT) {
        directory.defaultAcl(xattr);
      } else {
        xattr(directory.fd(), xattr, entry);
      }
    }
    directory.mode(attributes.mode());
    directory.mtime(attributes.mtimeSeconds(), attributes.mtimeNanos());
  }

  private void file(TarEntry entry, String parent, String name, TarReader content)
      throws IOException, ImageException {
    byte[] bytes = bytes(name);
    try (var file = created(entry, parent, bytes)) {
      write(file, entry, content);
      var attributes = entry.attributes();
      if (privilege == Privilege.ROOT) {
        writer.fchown(file, attributes.uid(), attributes.gid());
      }
      // Before the mode, with which one's own file may not be written; behind the owner, a change
      // of
      // which takes capabilities away.
      for (var xattr : entry.xattrs()) {
        xattr(file, xattr, entry);
      }
      writer.fchmod(file, attributes.mode());
      writer.futimens(file, attributes.mtimeSeconds(), attributes.mtimeNanos());
    }
  }

  private Fd created(TarEntry entry, String parent, byte[] name)
      throws IOException, ImageException {
    try {
      return writer.create(root.make(parent, entry.attributes()).fd(), name);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      return writer.create(cleared(entry, parent, name).fd(), name);
    }
  }

  private void write(Fd file, TarEntry entry, TarReader content) throws IOException {
    var data = entry.data();
    if (data == null) {
      copy(file, entry.size(), content);
      return;
    }
    for (int i = 0; i < data.count(); i++) {
      writer.seek(file, data.offset(i));
      copy(file, data.length(i), content);
    }
    writer.ftruncate(file, entry.size());
  }

  private void copy(Fd file, long length, TarReader content) throws IOException {
    for (long rest = length; rest > 0; ) {
      int wanted = (int) Math.min(rest, BUFFER);
      int count = content.read(buffer, 0, wanted);
      writer.write(file, buffer, 0, count);
      rest -= count;
    }
  }

  private void hardLink(TarEntry entry, String parent, String name)
      throws IOException, ImageException {
    String target = LayerPath.of(entry.link());
    String targetName = LayerPath.name(target);
    try {
      link(entry, target, targetName, parent, name);
    } catch (SyscallException e) {
      switch (e.errno()) {
        case EEXIST -> {
          if (!isSame(entry, target, targetName, parent, name)) {
            var _ = cleared(entry, parent, bytes(name));
            link(entry, target, targetName, parent, name);
          }
        }
        case ENOENT ->
            throw new ImageException(
                entry.text()
                    + " is a link to "
                    + TarEntry.text(entry.link())
                    + ", which is not in the layer",
                "");
        default -> throw e;
      }
    }
  }

  private void link(TarEntry entry, String target, String targetName, String parent, String name)
      throws SyscallException, ImageException {
    int found = root.find(LayerPath.parent(target)).fd().number();
    // Its own descriptor, since the other directory's way may be so long that this one is left.
    try (var from = Fd.duplicate(found, 0)) {
      writer.linkat(
          from,
          bytes(targetName.isEmpty() ? "." : targetName),
          root.make(parent, entry.attributes()).fd(),
          bytes(name));
    }
  }

  /// Whether a file is to be a link to itself, which it is.
  private boolean isSame(
      TarEntry entry, String target, String targetName, String parent, String name)
      throws SyscallException, ImageException {
    var from = root.find(LayerPath.parent(target));
    try (var one = writer.find(from.fd(), bytes(targetName));
        var other = writer.find(root.make(parent, entry.attributes()).fd(), bytes(name))) {
      return FileStatus.of(one).inode() == FileStatus.of(other).inode();
    }
  }

  private void symbolicLink(TarEntry entry, String parent, String name)
      throws IOException, ImageException {
    byte[] bytes = bytes(name);
    if (entry.link().length == 0) {
      throw new ImageException(entry.text() + " is a link to nothing", "");
    }
    var holder = root.make(parent, entry.attributes());
    try {
      writer.symlinkat(entry.link(), holder.fd(), bytes);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      holder = cleared(entry, parent, bytes);
      writer.symlinkat(entry.link(), holder.fd(), bytes);
    }
    adoptByName(entry, holder, bytes);
  }

  /// A node 0:0 is what it is to overlayfs, a whiteout.
  private void device(TarEntry entry, String parent, String name, FileType type)
      throws IOException, ImageException {
    boolean whiteout =
        type == FileType.CHARACTER_DEVICE
            && entry.attributes().major() == 0
            && entry.attributes().minor() == 0;
    if (privilege == Privilege.ROOTLESS && !whiteout) {
      warn(entry, "is a device, left out");
      return;
    }
    special(entry, parent, name, type);
  }

  private void special(TarEntry entry, String parent, String name, FileType type)
      throws IOException, ImageException {
    var attributes = entry.attributes();
    byte[] bytes = bytes(name);
    var holder = root.make(parent, attributes);
    try {
      mknod(holder, name, type, attributes.major(), attributes.minor());
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      holder = cleared(entry, parent, bytes);
      mknod(holder, name, type, attributes.major(), attributes.minor());
    }
    try (var made = writer.find(holder.fd(), bytes)) {
      if (!LayerRoot.isWhiteout(FileStatus.of(made))) {
        adoptByName(entry, holder, bytes);
        writer.chmod(made, attributes.mode());
      }
    }
  }

  private void mknod(OpenDirectory holder, String name, FileType type, int major, int minor)
      throws SyscallException {
    boolean device = type != FileType.FIFO;
    writer.mknodat(holder.fd(), bytes(name), type, device ? major : 0, device ? minor : 0);
  }

  private void adoptByName(TarEntry entry, OpenDirectory holder, byte[] name)
      throws SyscallException {
    var attributes = entry.attributes();
    if (privilege == Privilege.ROOT) {
      writer.fchownat(holder.fd(), name, attributes.uid(), attributes.gid());
    }
    if (!entry.xattrs().isEmpty()) {
      try (var made = writer.find(holder.fd(), name)) {
        for (var xattr : entry.xattrs()) {
          xattr(made, xattr, entry);
        }
      }
    }
    writer.utimensat(holder.fd(), name, attributes.mtimeSeconds(), attributes.mtimeNanos());
  }

  /// Set an attribute that this process may set and the file system can keep.
  private void xattr(Fd file, Xattr xattr, TarEntry entry) throws SyscallException {
    String name = new String(xattr.name(), UTF_8);
    if (name.startsWith("trusted.overlay.") || name.startsWith("user.overlay.")) {
      return;
    }
    if (privilege == Privilege.ROOTLESS && !name.startsWith("user.")) {
      warn(entry, "has " + TarEntry.text(xattr.name()) + ", left out");
      return;
    }
    try {
      // By its link in /proc where it is open as O_PATH.
      if (entry.type() == TarType.FILE || entry.type() == TarType.DIRECTORY) {
        writer.fsetxattr(file, xattr);
      } else {
        xattr.set(file);
      }
    } catch (SyscallException e) {
      if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EPERM) {
        throw e;
      }
      warn(entry, "has " + TarEntry.text(xattr.name()) + ", which cannot be kept here");
    }
  }

  /// Delete what has a name; return its directory, which may have been left meanwhile.
  private OpenDirectory cleared(TarEntry entry, String parent, byte[] name)
      throws IOException, ImageException {
    var holder = root.make(parent, entry.attributes());
    try {
      writer.unlinkat(holder.fd(), name);
      return holder;
    } catch (SyscallException e) {
      if (e.errno() != Errno.EISDIR) {
        throw e;
      }
    }
    root.leaveAll();
    holder = root.make(parent, entry.attributes());
    TreeRemoval.delete(holder.fd(), name);
    root.forget(holder, new String(name, ISO_8859_1));
    return holder;
  }

  private void warn(TarEntry entry, String what) {
    if (warnings.size() < UnpackSummary.MAX_WARNINGS) {
      warnings.add(entry.text() + " " + what);
    }
  }

  private static byte[] bytes(String name) {
    return name.getBytes(ISO_8859_1);
  }
}
