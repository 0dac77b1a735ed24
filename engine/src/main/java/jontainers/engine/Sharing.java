package jontainers.engine;

/// What a container shares with the host that it has of its own by default.
///
/// @param pid whether it sees the host's processes
/// @param uts whether it has the host's name
/// @param cgroup whether it sees the host's cgroups
/// @param ipc what it has of System V IPC, message queues and /dev/shm
public record Sharing(boolean pid, boolean uts, boolean cgroup, Ipc ipc) {
  /// What a container has of ipc_namespaces(7).
  public enum Ipc {
    /// Its own.
    PRIVATE,
    /// Its own, which other containers may join.
    SHAREABLE,
    /// Its own, without /dev/shm.
    NONE,
    /// The host's.
    HOST
  }

  /// Share nothing.
  public static Sharing nothing() {
    return new Sharing(false, false, false, Ipc.PRIVATE);
  }
}
