package jontainers.engine;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import jontainers.oci.Digest;
import jontainers.oci.ImageConfig;
import org.jspecify.annotations.Nullable;

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
/// @param imageId the image's digest; empty where it was made from no image of the store
/// @param layers the diffIDs of the image's layers, lowest first
/// @param config how it is run, as an image would say it
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
    int stopTimeoutSeconds,
    @Nullable String imageId,
    @Nullable List<String> layers,
    ImageConfig.@Nullable Config config) {
  public ContainerState {
    imageId = imageId == null ? "" : imageId; // older versions wrote neither
    layers = layers == null ? List.of() : List.copyOf(layers);
    command = List.copyOf(command);
    labels = Map.copyOf(labels);
  }

  /// Return the id as users see it.
  public String shortId() {
    return ContainerStore.shortId(id);
  }

  /// Return the digests of the layers that it needs, lowest first.
  List<Digest> diffIds() {
    return layers == null ? List.of() : layers.stream().map(Digest::parse).toList();
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
        stopTimeoutSeconds,
        imageId,
        layers,
        config);
  }
}
