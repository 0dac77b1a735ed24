package jontainers.linux;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;

/// Make and trust directories in which nobody but this user can have put anything.
///
/// What lies in a state directory makes root do things, so each directory on the way to it is
/// looked at, link by link: whoever may write one of them may put another state in its place. A
/// directory that everybody may write is trusted only with the sticky bit, as /tmp, and only for
/// what belongs to root or to this user. Modes of what is made do not depend on the umask.
public final class PrivateDirectory {
  private static final int STICKY = 01000;
  private static final int GROUP_WRITES = 0020;
  private static final int OTHERS_WRITE = 0002;
  private static final int OTHERS = 0077;
  private static final int ROOT = 0;
  private static final int MAX_LINKS = 40; // as the kernel: path_resolution(7)

  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<?> OTHERS_READ =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));

  private PrivateDirectory() {}

  /// Make a directory where it is missing, 0700, and those above it, 0755; and check all of them.
  ///
  /// @return its path without links
  /// @throws UntrustedDirectoryException where another user may change what is in it
  public static Path make(Path directory) throws IOException {
    return new Walk(true).to(directory);
  }

  /// Check a directory as [#make] does; nothing is made.
  ///
  /// @throws java.nio.file.NoSuchFileException where it is missing
  public static Path check(Path directory) throws IOException {
    return new Walk(false).to(directory);
  }

  /// Make a directory, 0700, in one that was checked.
  ///
  /// One that is there loses what others may read and list; it was made under a mild umask.
  ///
  /// @throws UntrustedDirectoryException where it is another's, or others may write it
  public static Path makeIn(Path checked, String name) throws IOException {
    var directory = checked.resolve(name);
    Entry found;
    try {
      found = Entry.of(directory);
    } catch (NoSuchFileException e) {
      found = made(directory, OWNER_ONLY);
    }
    found.requireOwn();
    if ((found.mode() & OTHERS) != 0) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }
    return directory;
  }

  private static Entry made(Path directory, FileAttribute<?> mode) throws IOException {
    try {
      Files.createDirectory(directory, mode);
    } catch (FileAlreadyExistsException e) {
      // by another at the same time, and looked at as such
    }
    return Entry.of(directory);
  }

  /// Follows a path from the root.
  private record Walk(boolean making) {
    Path to(Path directory) throws IOException {
      var at = Path.of("/");
      var rest = new ArrayDeque<Path>();
      directory.toAbsolutePath().normalize().forEach(rest::add);
      int links = 0;
      Entry.of(at).requireAbove();
      while (!rest.isEmpty()) {
        var name = rest.pop();
        var next = at.resolve(name).normalize();
        var entry = entry(next, rest.isEmpty());
        entry.requireTrusted();
        if (entry.isLink()) {
          if (++links > MAX_LINKS) {
            throw new IOException("too many links on the way to " + directory);
          }
          var target = Files.readSymbolicLink(next);
          at = target.isAbsolute() ? Path.of("/") : at;
          var names = new ArrayDeque<Path>();
          target.forEach(names::add);
          while (!names.isEmpty()) {
            rest.push(names.removeLast());
          }
          continue;
        }
        if (rest.isEmpty()) {
          entry.requireOwn();
        } else {
          entry.requireAbove();
        }
        at = next;
      }
      return at;
    }

    private Entry entry(Path path, boolean last) throws IOException {
      try {
        return Entry.of(path);
      } catch (NoSuchFileException e) {
        if (!making) {
          throw e;
        }
        return made(path, last ? OWNER_ONLY : OTHERS_READ);
      }
    }
  }

  /// What is at a path, itself and not what it may lead to.
  private record Entry(Path path, FileStatus status) {
    static Entry of(Path path) throws IOException {
      try (var fd = Fd.open(path, Fd.O_PATH | Fd.O_NOFOLLOW)) {
        return new Entry(path, FileStatus.of(fd));
      } catch (SyscallException e) {
        if (e.errno() == Errno.ENOENT) {
          throw new NoSuchFileException(path.toString());
        }
        throw e;
      }
    }

    boolean isLink() {
      return status.type() == FileType.SYMLINK;
    }

    private long uid() {
      return status.uid();
    }

    private int mode() {
      return status.mode();
    }

    /// It belongs to root or to this user. In a user namespace all that belongs to none of its
    /// users looks alike, the machine's root included: user_namespaces(7), "overflow".
    void requireTrusted() throws IOException {
      if (uid() != ROOT && uid() != ThisProcess.euid() && !(uid() == overflow() && isNested())) {
        throw new UntrustedDirectoryException(
            path + " belongs to user " + uid(), "remove it, or name another directory with --root");
      }
    }

    /// Nobody else can replace what is in it.
    void requireAbove() throws IOException {
      requireDirectory();
      boolean sticky = (mode() & STICKY) != 0;
      boolean foreignGroup = status.gid() != ROOT && status.gid() != ThisProcess.egid();
      if (!sticky
          && ((mode() & OTHERS_WRITE) != 0 || ((mode() & GROUP_WRITES) != 0 && foreignGroup))) {
        throw writable();
      }
    }

    void requireOwn() throws IOException {
      requireDirectory();
      if (uid() != ThisProcess.euid()) {
        throw new UntrustedDirectoryException(
            path + " belongs to user " + uid() + " and not to user " + ThisProcess.euid(),
            "remove it, or name another directory with --root");
      }
      if ((mode() & (OTHERS_WRITE | GROUP_WRITES)) != 0) {
        throw writable();
      }
    }

    private void requireDirectory() throws IOException {
      if (status.type() != FileType.DIRECTORY) {
        throw new NotDirectoryException(path.toString());
      }
    }

    private UntrustedDirectoryException writable() {
      return new UntrustedDirectoryException(
          path + " can be written by other users (mode " + Integer.toOctalString(mode()) + ")",
          "see that nothing in it is theirs, then: chmod go-w " + path);
    }

    private static int overflow() throws IOException {
      return Integer.parseInt(Sysctl.read("kernel.overflowuid"));
    }

    /// Whether this is not the machine's own user namespace, which has all ids.
    private static boolean isNested() throws IOException {
      String[] map = Files.readString(Path.of("/proc/self/uid_map")).strip().split("\\s+");
      return !(map.length == 3
          && map[0].equals("0")
          && map[1].equals("0")
          && map[2].equals("4294967295"));
    }
  }
}
