package jontainers.oci;

import io.avaje.jsonb.Json;

/// A resource limit of the process (`process.rlimits` of config.md, setrlimit(2)).
///
/// @param type such as `RLIMIT_NOFILE`
/// @param soft unsigned; `-1` is 18446744073709551615, the kernel's RLIM_INFINITY
/// @param hard unsigned, as `soft`
@Json
public record Rlimit(
    String type,
    @Json.Serializer(Unsigned64.class) long soft,
    @Json.Serializer(Unsigned64.class) long hard) {
  public Rlimit {
    Fields.required(type, "process.rlimits.type");
  }
}
