package jontainers.oci;

import io.avaje.jsonb.Json;
import org.jspecify.annotations.Nullable;

/// A rule of the device cgroup (`linux.resources.devices` of config-linux.md).
///
/// @param type `a`, `c` or `b`, absent for all
/// @param major absent for any, as `minor` is
/// @param access some of `rwm`, absent for all
@Json
public record DeviceRule(
    boolean allow,
    @Nullable String type,
    @Nullable Long major,
    @Nullable Long minor,
    @Nullable String access) {}
