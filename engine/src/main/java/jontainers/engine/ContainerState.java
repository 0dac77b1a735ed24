package jontainers.engine;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;

/// What is known of a container, as `state.json` in its directory has it.
///
/// @param id 64 hexadecimal digits
/// @param image what it was made from, in the user's words
/// @param created seconds since 1970
/// @param pid its first process in the pid namespace of its engine; 0 when there is none
/// @param exitCode as a shell shows it; of an EXITED container
/// @param autoRemove whether nothing of it is kept when it has ended
/// @param labels words of the user about it
/// @param stopSignal the signal that asks it to end
/// @param stopTimeoutSeconds how long it may take then; -1 for ever
@Json
public record ContainerState(
    String id,
    String name,
    String image,
    List<String> command,
    long created,
    ContainerStatus status,
    int pid,
    int exitCode,
    boolean autoRemove,
    Map<String, String> labels,
    int stopSignal,
    int stopTimeoutSeconds) {
  public ContainerState {
    command = List.copyOf(command);
    labels = Map.copyOf(labels);
  }

  /// Return the id as users see it.
  public String shortId() {
    return ContainerStore.shortId(id);
  }

  ContainerState running(int newPid) {
    return to(ContainerStatus.RUNNING, newPid, 0);
  }

  ContainerState exited(int code) {
    return to(ContainerStatus.EXITED, 0, code);
  }

  private ContainerState to(ContainerStatus next, int newPid, int code) {
    if (!status.next().contains(next)) {
      throw new IllegalStateException(
          "container " + shortId() + " is " + status + " and cannot become " + next);
    }
    return new ContainerState(
        id,
        name,
        image,
        command,
        created,
        next,
        newPid,
        code,
        autoRemove,
        labels,
        stopSignal,
        stopTimeoutSeconds);
  }
}
