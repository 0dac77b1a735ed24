package jontainers.oci;

import io.avaje.jsonb.Json;

/// What a time namespace adds to a clock (time_namespaces(7)).
@Json
public record TimeOffset(long secs, long nanosecs) {}
