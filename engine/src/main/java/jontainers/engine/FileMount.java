package jontainers.engine;

import java.nio.file.Path;
import java.util.List;

/// Files that a container sees beside its root filesystem.
public sealed interface FileMount {
  /// Return where the container sees them: an absolute path.
  String target();

  /// A file or directory of the host.
  ///
  /// @param source on the host
  /// @param access what the container may do
  /// @param recursive whether what is mounted below the source is seen, too
  /// @param propagation which way later mounts travel: mount_namespaces(7)
  /// @param missing what to do where there is no source
  record Bind(
      Path source,
      String target,
      Access access,
      boolean recursive,
      Propagation propagation,
      Missing missing)
      implements FileMount {

    /// Show a file or directory with all that is mounted below it.
    public static Bind of(Path source, String target, Access access) {
      return new Bind(source, target, access, true, Propagation.RPRIVATE, Missing.REFUSE);
    }
  }

  /// An empty filesystem in memory: tmpfs(5).
  ///
  /// @param options of the mount and of the filesystem, such as `size=64m`, `mode=1777`, `exec`;
  ///   they come after `nosuid,nodev,noexec`
  record Tmpfs(String target, List<String> options) implements FileMount {
    public Tmpfs {
      options = List.copyOf(options);
    }
  }

  /// What a container may do to files of the host.
  enum Access {
    READ_WRITE,
    /// Neither these nor what is mounted below them can be written.
    READ_ONLY,
    /// What is mounted below them stays as it is.
    READ_ONLY_NON_RECURSIVE
  }

  /// What to do where there is no source.
  enum Missing {
    REFUSE,
    /// Make a directory, as `docker run -v` does.
    MAKE_DIRECTORY
  }

  /// Which way mounts travel between host and container that are made later; with R, for all that
  /// is mounted below, too.
  enum Propagation {
    PRIVATE,
    RPRIVATE,
    SLAVE,
    RSLAVE,
    SHARED,
    RSHARED;

    /// Return the name as mount(8) and Docker have it.
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
