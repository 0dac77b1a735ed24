package jontainers.oci;

import io.avaje.jsonb.Json;

/// A range of ids and what they are on the host (user_namespaces(7)).
@Json
public record IdMapping(long containerID, long hostID, long size) {}
