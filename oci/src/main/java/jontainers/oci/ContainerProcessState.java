package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;

/// What a seccomp agent is told of a process with the descriptor that comes along (config-linux.md,
/// "The Container Process State").
///
/// @param fds the names of the descriptors, in their order
/// @param pid the process's, as its runtime sees it
@Json
public record ContainerProcessState(
    String ociVersion, List<String> fds, int pid, String metadata, State state) {
  public ContainerProcessState {
    Fields.required(ociVersion, "ociVersion");
    fds = Fields.list(fds);
    Fields.required(state, "state");
  }

  /// Describe a process whose filter's listener is the only descriptor.
  public static ContainerProcessState of(int pid, String metadata, State state) {
    return new ContainerProcessState(Spec.VERSION, List.of("seccompFd"), pid, metadata, state);
  }

  /// Write it on one line, without what is empty.
  public String toJson() {
    return Documents.line(ContainerProcessState.class, this);
  }
}
