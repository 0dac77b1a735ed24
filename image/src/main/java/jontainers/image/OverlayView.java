package jontainers.image;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.StringJoiner;
import jontainers.linux.DetachedMount;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.FilesystemContext;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;

/// Mount snapshots for reading, attached nowhere.
final class OverlayView {
  /// As many names of descriptors as fit the 255 bytes that a value of fsconfig(2) may have.
  private static final int MAX_JOINED = 12;

  private OverlayView() {}

  /// Mount a snapshot that is mounted nowhere else.
  static Fd of(Snapshot snapshot) throws SyscallException {
    return of(snapshot, Parts.ALL);
  }

  /// Mount a snapshot beside the container that runs in it, which goes on changing it.
  ///
  /// Its upper directory is the uppermost layer here, since only one mount may have it as upper
  /// directory: nothing is written, not even into the work directory. Such a view may miss what
  /// changes meanwhile (Documentation/filesystems/overlayfs.rst, "Changes to underlying
  /// filesystems"); it shows neither what is mounted in the container nor where its processes have
  /// gone by chroot(2).
  static Fd beside(Snapshot snapshot) throws SyscallException {
    return of(snapshot, Parts.LAYERS);
  }

  private static Fd of(Snapshot snapshot, Parts parts) throws SyscallException {
    try {
      return byContext(snapshot.mount(), parts);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EINVAL || parts.lower(snapshot.mount()).size() <= MAX_JOINED) {
        throw e;
      }
      // The kernel may not know the option `lowerdir+`. Some say so when it is set, some not before
      // the mount is made, where the reason may be another: then it is told once more.
      try {
        return byMount(snapshot, parts);
      } catch (SyscallException again) {
        again.addSuppressed(e);
        throw again;
      }
    }
  }

  /// Of what a view is made.
  enum Parts {
    /// The layers below, and the upper directory with its work directory.
    ALL,
    /// Layers alone, the upper directory being one.
    LAYERS;

    List<Path> lower(OverlayMount mount) {
      if (this == ALL) {
        return mount.lower();
      }
      var all = new ArrayList<Path>();
      all.add(mount.upper());
      all.addAll(mount.lower());
      return all;
    }
  }

  /// By fsopen(2), with one `lowerdir+` for each of many layers, which is known since Linux 6.8
  /// (Documentation/filesystems/overlayfs.rst, "Multiple lower layers").
  private static Fd byContext(OverlayMount mount, Parts parts) throws SyscallException {
    var layers = new ArrayList<Fd>();
    var below = parts.lower(mount);
    try (var context = FilesystemContext.open("overlay")) {
      var lower = new StringJoiner(":");
      for (var path : below) {
        String layer = layer(path, layers);
        if (below.size() > MAX_JOINED) {
          context.set("lowerdir+", layer);
        }
        lower.add(layer);
      }
      if (below.size() <= MAX_JOINED) {
        context.set("lowerdir", lower.toString());
      }
      if (parts == Parts.ALL) {
        context.set("upperdir", layer(mount.upper(), layers));
        context.set("workdir", layer(mount.work(), layers));
      } else {
        context.set("index", "off"); // else an upper directory that is in use is refused
      }
      if (mount.options().contains(OverlayOption.USERXATTR)) {
        context.flag(OverlayOption.USERXATTR.option());
      }
      return context.mount(
          FilesystemContext.MOUNT_ATTR_RDONLY
              | FilesystemContext.MOUNT_ATTR_NOSUID
              | FilesystemContext.MOUNT_ATTR_NODEV
              | FilesystemContext.MOUNT_ATTR_NOEXEC);
    } finally {
      layers.forEach(Fd::close);
    }
  }

  /// By mount(2), for any number of layers and on any kernel.
  static Fd byMount(Snapshot snapshot, Parts parts) throws SyscallException {
    var options = EnumSet.noneOf(OverlayOption.class);
    options.addAll(snapshot.mount().options());
    options.remove(OverlayOption.VOLATILE);
    var directories = new ArrayList<>(parts.lower(snapshot.mount()));
    if (parts == Parts.ALL) {
      directories.add(snapshot.mount().upper());
      directories.add(snapshot.mount().work());
    }
    return DetachedMount.make(
        "overlay",
        snapshot.merged(),
        DetachedMount.MS_RDONLY
            | DetachedMount.MS_NOSUID
            | DetachedMount.MS_NODEV
            | DetachedMount.MS_NOEXEC,
        directories,
        paths -> parts == Parts.ALL ? data(paths, options) : layers(paths, options));
  }

  private static String data(List<String> paths, EnumSet<OverlayOption> options) {
    int lower = paths.size() - 2;
    var mount =
        new OverlayMount(
            List.of(), RawText.path(paths.get(lower)), RawText.path(paths.get(lower + 1)), options);
    return String.join(",", mount.mountOptions(paths.subList(0, lower)));
  }

  private static String layers(List<String> paths, EnumSet<OverlayOption> options) {
    String userxattr = OverlayOption.USERXATTR.option();
    return "lowerdir="
        + String.join(":", paths)
        + ",index=off"
        + (options.contains(OverlayOption.USERXATTR) ? "," + userxattr : "");
  }

  private static String layer(Path path, List<Fd> layers) throws SyscallException {
    var fd = Fd.open(path, Fd.O_PATH | Fd.O_DIRECTORY);
    layers.add(fd);
    return fd.procPath().toString();
  }
}
