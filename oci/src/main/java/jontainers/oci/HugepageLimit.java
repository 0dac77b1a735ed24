package jontainers.oci;

import io.avaje.jsonb.Json;

/// A limit on huge pages of a size such as `2MB`, in bytes (`linux.resources.hugepageLimits`).
@Json
public record HugepageLimit(String pageSize, @Json.Serializer(Unsigned64.class) long limit) {
  public HugepageLimit {
    Fields.required(pageSize, "linux.resources.hugepageLimits.pageSize");
  }
}
