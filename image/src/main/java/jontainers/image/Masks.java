package jontainers.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Optional;
import java.util.TreeSet;
import jontainers.linux.Directory;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.linux.Xattr;

/// Hide directories of a lower layer from a container by whiteouts in its upper layer.
///
/// In the upper layer, and not in one of their own between the two: the kernel refuses a lower
/// layer that lies inside another (ELOOP, ovl_check_overlapping_layers), as any directory beside
/// the state lies inside `/`; an upper layer may.
final class Masks {
  private final Path lower;
  private final Path upper;

  Masks(Path lower, Path upper) {
    this.lower = lower;
    this.upper = upper;
  }

  /// Find the path that a directory has in the lower layer; empty where it is not in it.
  ///
  /// An overlay shows a layer without what is mounted in it, and with what is mounted elsewhere.
  static Optional<Path> find(Mountinfo mounts, Path lower, Path hidden) throws IOException {
    if (!Files.isDirectory(hidden)) {
      return Optional.empty();
    }
    var top = mounts.place(lower);
    var place = mounts.place(hidden);
    if (top.isEmpty()
        || place.isEmpty()
        || !top.get().device().equals(place.get().device())
        || !place.get().path().startsWith(top.get().path())) {
      return Optional.empty();
    }
    return Optional.of(top.get().path().relativize(place.get().path()));
  }

  /// Hide some paths of the lower layer.
  void hide(Collection<Path> paths) throws IOException {
    Path outer = null;
    for (var path : new TreeSet<>(paths)) {
      // One in another that is hidden is hidden with it.
      if (!path.toString().isEmpty() && (outer == null || !path.startsWith(outer))) {
        hide(path);
        outer = path;
      }
    }
  }

  private void hide(Path path) throws IOException {
    var parents = new ArrayList<Path>();
    for (var at = path.getParent(); at != null; at = at.getParent()) {
      parents.addFirst(at);
    }
    for (var parent : parents) {
      var directory = upper.resolve(parent);
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectory(directory);
      }
    }
    try (var parent = Directory.open(upper.resolve(path).resolveSibling("."))) {
      parent.whiteout(RawText.encode(RawText.of(path.getFileName())));
    }
    // Last, since making what is in a directory changes its time.
    for (var parent : parents.reversed()) {
      copyAttributes(lower.resolve(parent), upper.resolve(parent));
    }
  }

  /// Give a directory the attributes of another, since those of the upper one are shown.
  static void copyAttributes(Path source, Path target) throws IOException {
    for (String attribute : new String[] {"unix:uid", "unix:gid", "unix:mode"}) {
      var value = Files.getAttribute(source, attribute);
      if (!value.equals(Files.getAttribute(target, attribute))) {
        try {
          Files.setAttribute(target, attribute, value);
        } catch (FileSystemException e) {
          if (!Errno.EINVAL.text().equals(e.getReason())) {
            throw e;
          }
          // An owner whom this process's user namespace does not know: nobody in it can be that.
        }
      }
    }
    try (var from = Fd.open(source, Fd.O_PATH | Fd.O_DIRECTORY);
        var to = Fd.open(target, Fd.O_PATH | Fd.O_DIRECTORY)) {
      for (var xattr : Xattr.ofPath(from)) {
        if (!new String(xattr.name(), UTF_8).contains(".overlay.")) {
          xattr.set(to);
        }
      }
    }
    Files.setLastModifiedTime(target, Files.getLastModifiedTime(source));
  }
}
