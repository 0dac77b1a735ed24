package jontainers.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.SyscallException;
import jontainers.linux.TreeWriter;
import jontainers.linux.Xattr;
import org.jspecify.annotations.Nullable;

/// A directory of a layer while files are made in it.
///
/// Making files changes its time, its set-group-id bit and default ACL would go over to them, and
/// without privilege it may have to be made writable first: so all of that is put right when it is
/// left. Owns its descriptor. Confined to one thread.
final class OpenDirectory {
  private static final byte[] DEFAULT_ACL = "system.posix_acl_default".getBytes(ISO_8859_1);

  private final TreeWriter writer;
  private final Fd fd;
  private final String path;
  private int mode;
  private boolean modeChanged;
  private long mtimeSeconds;
  private int mtimeNanos;
  private @Nullable Xattr defaultAcl;

  private OpenDirectory(TreeWriter writer, Fd fd, String path) {
    this.writer = writer;
    this.fd = fd;
    this.path = path;
  }

  /// Begin with a directory that was just made, with mode 0700.
  static OpenDirectory made(TreeWriter writer, Fd fd, String path, long seconds, int nanos) {
    var directory = new OpenDirectory(writer, fd, path);
    directory.mode(0755);
    directory.mtime(seconds, nanos);
    return directory;
  }

  /// Begin with a directory that was made before.
  ///
  /// @param status from before anything was done to make it accessible
  static OpenDirectory again(TreeWriter writer, Fd fd, String path, FileStatus status)
      throws SyscallException {
    var directory = new OpenDirectory(writer, fd, path);
    directory.mode = status.mode();
    directory.mtime(status.mtimeSeconds(), status.mtimeNanos());
    for (var xattr : Xattr.of(fd)) {
      if (Arrays.equals(xattr.name(), DEFAULT_ACL)) {
        directory.defaultAcl(xattr);
        writer.fremovexattr(fd, DEFAULT_ACL);
      }
    }
    return directory;
  }

  static boolean isDefaultAcl(Xattr xattr) {
    return Arrays.equals(xattr.name(), DEFAULT_ACL);
  }

  /// Return the descriptor, lent.
  Fd fd() {
    return fd;
  }

  /// Return where it is in the layer, without links, empty for the root.
  String path() {
    return path;
  }

  void mode(int newMode) {
    mode = newMode;
    modeChanged = true;
  }

  /// Give it the time it has to have in the end.
  void mtime(long seconds, int nanos) {
    mtimeSeconds = seconds;
    mtimeNanos = nanos;
  }

  void defaultAcl(Xattr xattr) {
    defaultAcl = xattr;
  }

  /// Give it all that was put off, and close it.
  void leave() throws SyscallException {
    try {
      if (defaultAcl != null) {
        writer.fsetxattr(fd, defaultAcl);
      }
      if (modeChanged) {
        writer.fchmod(fd, mode);
      }
      writer.futimens(fd, mtimeSeconds, mtimeNanos);
    } finally {
      fd.close();
    }
  }

  /// Close it as it is, after something has failed.
  void giveUp() {
    fd.close();
  }

  /// Have the mode it had be set again when it is left.
  void restoreMode() {
    modeChanged = true;
  }
}
