package jontainers.oci;

import io.avaje.jsonb.Json;

/// The process's I/O priority (`process.ioPriority` of config-linux.md, ioprio_set(2)).
///
/// @param ioClass `IOPRIO_CLASS_RT`, `IOPRIO_CLASS_BE` or `IOPRIO_CLASS_IDLE`
@Json
public record IoPriority(@Json.Property("class") String ioClass, int priority) {
  public IoPriority {
    Fields.required(ioClass, "process.ioPriority.class");
  }
}
