package jontainers.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/// Delete trees, never following a link and never entering a mount.
///
/// Confined to one thread; what others delete meanwhile is no error.
public final class TreeRemoval {
  private static final int OWNER_ONLY = 0700;

  private record Level(Directory directory, Deque<Directory.Entry> entries, byte[] own) {}

  private TreeRemoval() {}

  /// Delete a directory with all that is in it, or nothing if it is not there.
  public static void delete(Path directory) throws IOException {
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
  public static void clear(Path directory) throws IOException {
    clear(Directory.open(directory));
  }

  /// Delete a directory of an open one, with all that is in it.
  public static void delete(Fd parent, byte[] name) throws IOException {
    try (var holder = Directory.reopen(parent)) {
      try (var directory = holder.find(name)) {
        clear(enter(directory, FileStatus.of(directory)));
      }
      rmdir(holder, name);
    }
  }

  /// Takes the directory's descriptor.
  private static void clear(Directory directory) throws IOException {
    var levels = new ArrayDeque<Level>();
    try {
      levels.push(level(directory, new byte[0]));
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
      var status = FileStatus.of(file);
      if (status.type() != FileType.DIRECTORY) {
        directory.unlink(name);
        return;
      }
      levels.push(level(enter(file, status), name));
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  /// overlayfs leaves `work/work` with mode 000, which only root can open; and only root deletes
  /// files of directories that may not be written.
  private static Directory enter(Fd file, FileStatus status) throws IOException {
    if ((status.mode() & OWNER_ONLY) != OWNER_ONLY && ThisProcess.euid() != 0) {
      Files.setAttribute(file.procPath(), "unix:mode", OWNER_ONLY);
    }
    return Directory.reopen(file);
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
