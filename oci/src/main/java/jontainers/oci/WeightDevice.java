package jontainers.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// A block device's weight (`linux.resources.blockIO.weightDevice`).
@Json
public record WeightDevice(
    long major, long minor, @Nullable Integer weight, @Nullable Integer leafWeight) {}
