package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A mount inside the container (`mounts` of config.md).
///
/// @param destination absolute, in the container
/// @param type the file system type, absent for a bind mount
/// @param source what is mounted: a path or a pseudo device name
/// @param options options of mount(8), of the file system, and the specification's own
/// @param uidMappings user ids of an idmapped mount
/// @param gidMappings group ids of an idmapped mount
@Json
public record Mount(
    String destination,
    @Nullable String type,
    @Nullable String source,
    List<String> options,
    List<IdMapping> uidMappings,
    List<IdMapping> gidMappings) {
  public Mount {
    Fields.required(destination, "mounts.destination");
    options = Fields.list(options);
    uidMappings = Fields.list(uidMappings);
    gidMappings = Fields.list(gidMappings);
  }

  /// A mount that maps no ids.
  public Mount(
      String destination, @Nullable String type, @Nullable String source, List<String> options) {
    this(destination, type, source, options, List.of(), List.of());
  }
}
