package jontainers.runtime;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Fd;
import jontainers.oci.Process;

/// What `exec` is asked for: another process of a container that runs.
///
/// @param process what it is; its capabilities, where it has none, are those of the container
/// @param program the file that is executed, where that is not what its first argument says
/// @param streams its standard streams, lent; with a terminal they are not used
/// @param consoleSocket where the master of its terminal is sent; absent to keep it
/// @param preserved descriptors that it finds from 3 upwards, lent
/// @param cgroup a cgroup below the container's own; empty for that itself
/// @param paused whether it may join a container that is paused
public record ExecRequest(
    Process process,
    Optional<String> program,
    Launch.Streams streams,
    Optional<Path> consoleSocket,
    List<Fd> preserved,
    String cgroup,
    IfPaused paused) {
  /// What is done with a container that is paused.
  public enum IfPaused {
    REFUSE,
    JOIN
  }

  /// Ask for a process without a terminal that is given three streams.
  static ExecRequest of(Process process, String program, Launch.Streams streams) {
    return new ExecRequest(
        process, Optional.of(program), streams, Optional.empty(), List.of(), "", IfPaused.REFUSE);
  }

  public ExecRequest {
    preserved = List.copyOf(preserved);
  }
}
