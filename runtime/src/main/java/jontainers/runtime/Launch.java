package jontainers.runtime;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Fd;
import jontainers.oci.Mount;
import jontainers.oci.Spec;

/// What to start: a specification, its root filesystem as mounts, and where its streams lead.
///
/// @param spec the OCI configuration; `root.path` is where the first of `rootMounts` is mounted
/// @param rootMounts what is mounted on the host's side before the root changes, such as an
///   overlay; empty when `root.path` is a directory to be used as it is
/// @param streams the standard streams; ignored with a terminal
/// @param callerTerminal what the guard restores when this JVM dies
/// @param init whether a small init is process 1 and the program its child
/// @param creation how it is made when it is started later; absent to start it at once
/// @param without the walls that are left out, by name, for those who learn; see [Lesson]
public record Launch(
    Spec spec,
    List<Mount> rootMounts,
    Streams streams,
    Optional<CallerTerminal> callerTerminal,
    boolean init,
    Optional<Creation> creation,
    Set<String> without) {
  public Launch {
    rootMounts = List.copyOf(rootMounts);
    without = Set.copyOf(without);
  }

  /// Ask for a container that is started at once.
  public Launch(
      Spec spec,
      List<Mount> rootMounts,
      Streams streams,
      Optional<CallerTerminal> callerTerminal,
      boolean init,
      Set<String> without) {
    this(spec, rootMounts, streams, callerTerminal, init, Optional.empty(), without);
  }

  /// The standard streams of a container, lent until it is started.
  public record Streams(Fd stdin, Fd stdout, Fd stderr) {}

  /// A terminal in raw mode, lent, and the attributes (struct termios of the kernel) it had.
  public record CallerTerminal(Fd terminal, byte[] attributes) {
    public CallerTerminal {
      attributes = attributes.clone();
    }
  }
}
