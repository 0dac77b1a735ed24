package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;

/// A machine's architecture and those it can also run (`archMap` of a Docker seccomp profile).
@Json
public record DockerSeccompArch(String architecture, List<String> subArchitectures) {
  public DockerSeccompArch {
    Fields.required(architecture, "archMap.architecture");
    subArchitectures = Fields.list(subArchitectures);
  }
}
