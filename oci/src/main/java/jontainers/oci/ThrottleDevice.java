package jontainers.oci;

import io.avaje.jsonb.Json;

/// A block device's rate, in bytes or operations per second (`linux.resources.blockIO`).
@Json
public record ThrottleDevice(
    long major, long minor, @Json.Serializer(Unsigned64.class) long rate) {}
