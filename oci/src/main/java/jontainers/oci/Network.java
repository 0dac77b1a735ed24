package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The net_cls and net_prio cgroups (`linux.resources.network`).
@Json
public record Network(@Nullable Long classID, List<InterfacePriority> priorities) {
  public Network {
    priorities = Fields.list(priorities);
  }
}
