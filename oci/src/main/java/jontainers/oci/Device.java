package jontainers.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// A device node in the container (`linux.devices` of config-linux.md, mknod(2)).
///
/// @param type `c`, `b`, `u` or `p`
/// @param fileMode permission bits, absent for 0666 under the umask
@Json
public record Device(
    String path,
    String type,
    long major,
    long minor,
    @Nullable Integer fileMode,
    @Nullable Long uid,
    @Nullable Long gid) {
  public Device {
    Fields.required(path, "linux.devices.path");
    Fields.required(type, "linux.devices.type");
  }
}
