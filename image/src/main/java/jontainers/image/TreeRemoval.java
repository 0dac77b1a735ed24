package jontainers.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import jontainers.linux.Directory;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.FileType;
import jontainers.linux.SyscallException;

/// Delete what a container left, never following a link and never entering a mount.
///
/// Confined to one thread; what others delete meanwhile is no error.
final class TreeRemoval {
  private static final int OWNER_ONLY = 0700;

  private record Level(Directory directory, Deque<Directory.Entry> entries, byte[] own) {}

  private TreeRemoval() {}

  /// Delete a directory with all that is in it, or nothing if it is not there.
  static void delete(Path directory) throws IOException {
    try {
      clear(directory);
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
    boolean _ = Files.deleteIfExists(directory);
  }

  /// Delete all that is in a directory.
  static void clear(Path directory) throws IOException {
    var levels = new ArrayDeque<Level>();
    try {
      levels.push(level(Directory.open(directory), new byte[0]));
      while (!levels.isEmpty()) {
        var level = levels.element();
        var entry = level.entries.poll();
        if (entry == null) {
          levels.pop().directory.close();
          var parent = levels.peek();
          if (parent != null) {
            rmdir(parent.directory, level.own);
          }
        } else {
          remove(level.directory, entry.name(), levels);
        }
      }
    } finally {
      levels.forEach(level -> level.directory.close());
    }
  }

  private static void rmdir(Directory parent, byte[] name) throws SyscallException {
    try {
      parent.rmdir(name);
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  private static void remove(Directory directory, byte[] name, Deque<Level> levels)
      throws IOException {
    try (var file = directory.find(name)) {
      if (FileStatus.of(file).type() != FileType.DIRECTORY) {
        directory.unlink(name);
        return;
      }
      levels.push(level(enter(file), name));
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  /// overlayfs leaves `work/work` with mode 000, which only root can open.
  private static Directory enter(Fd file) throws IOException {
    try {
      return Directory.reopen(file);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EACCES) {
        throw e;
      }
      Files.setAttribute(file.procPath(), "unix:mode", OWNER_ONLY);
      return Directory.reopen(file);
    }
  }

  private static Level level(Directory directory, byte[] own) throws IOException {
    try {
      return new Level(directory, new ArrayDeque<>(directory.entries()), own);
    } catch (SyscallException e) {
      directory.close();
      throw e;
    }
  }
}
