package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a rule of a Docker seccomp profile depends on.
///
/// @param caps capabilities such as `CAP_SYS_ADMIN`
/// @param arches architectures in Go's words, such as `amd64`
/// @param minKernel the first version, such as `4.8`
@Json
public record DockerSeccompCondition(
    List<String> caps, List<String> arches, @Nullable String minKernel) {
  static final DockerSeccompCondition NONE = new DockerSeccompCondition(List.of(), List.of(), null);

  public DockerSeccompCondition {
    caps = Fields.list(caps);
    arches = Fields.list(arches);
  }

  /// As moby's `includes`: what is not said is so; the architecture must be one of the list.
  boolean allOf(Set<String> capabilities, String architecture, KernelVersion kernel) {
    return (arches.isEmpty() || arches.contains(architecture))
        && capabilities.containsAll(caps)
        && (minKernel == null || kernel.compareTo(KernelVersion.parse(minKernel)) >= 0);
  }

  /// As moby's `excludes`: one thing that is so is enough.
  boolean anyOf(Set<String> capabilities, String architecture, KernelVersion kernel) {
    return arches.contains(architecture)
        || caps.stream().anyMatch(capabilities::contains)
        || (minKernel != null && kernel.compareTo(KernelVersion.parse(minKernel)) >= 0);
  }
}
