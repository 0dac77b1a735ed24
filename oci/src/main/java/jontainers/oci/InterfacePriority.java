package jontainers.oci;

import io.avaje.jsonb.Json;

/// The priority of an interface's traffic (`linux.resources.network.priorities`).
@Json
public record InterfacePriority(String name, long priority) {
  public InterfacePriority {
    Fields.required(name, "linux.resources.network.priorities.name");
  }
}
