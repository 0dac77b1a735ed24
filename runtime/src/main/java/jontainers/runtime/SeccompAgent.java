package jontainers.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import jontainers.linux.Fd;
import jontainers.linux.RawText;
import jontainers.linux.SyscallException;
import jontainers.oci.ContainerProcessState;
import jontainers.oci.Spec;

/// Hand the listener of a filter over to the agent that decides: config-linux.md, "The Container
/// Process State".
final class SeccompAgent {
  private SeccompAgent() {}

  static void handOver(Spec spec, ContainerRecord record, Fd listener) throws IOException {
    var seccomp = Objects.requireNonNull(Objects.requireNonNull(spec.linux()).seccomp());
    handOver(
        String.valueOf(seccomp.listenerPath()),
        Objects.requireNonNullElse(seccomp.listenerMetadata(), ""),
        record,
        record.pid(),
        listener);
  }

  static void handOver(String path, String metadata, ContainerRecord record, int pid, Fd listener)
      throws IOException {
    var state = ContainerProcessState.of(pid, metadata, record.state(ContainerStatus.CREATING));
    try (listener) {
      ConsoleSocket.send(
          RawText.path(path), state.toJson().getBytes(StandardCharsets.UTF_8), listener);
    } catch (SyscallException e) {
      throw new StartException(
          StartException.Kind.ENGINE,
          "failed to connect with seccomp agent specified in the seccomp profile: "
              + e.getMessage(),
          "the agent has to listen on " + path,
          e);
    }
  }
}
