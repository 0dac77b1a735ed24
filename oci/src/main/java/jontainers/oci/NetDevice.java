package jontainers.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// A network device moved into the container (`linux.netDevices` of config-linux.md).
///
/// @param name its name inside, absent to keep it
@Json
public record NetDevice(@Nullable String name) {}
