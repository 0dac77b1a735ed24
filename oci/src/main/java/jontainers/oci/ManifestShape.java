package jontainers.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// The fields that tell a manifest from an index, whatever is in them: for [ManifestKind].
@Json
public record ManifestShape(
    @Nullable Integer schemaVersion,
    @Nullable String mediaType,
    @Json.Raw @Nullable String config,
    @Json.Raw @Nullable String layers,
    @Json.Raw @Nullable String fsLayers,
    @Json.Raw @Nullable String manifests) {}
