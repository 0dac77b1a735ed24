package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What only Linux has (`linux` of config-linux.md).
///
/// @param cgroupsPath absolute under the cgroup mount, or `slice:prefix:name` for systemd
/// @param rootfsPropagation `private`, `shared`, `slave`, `unbindable`, or one with `r` before it
/// @param timeOffsets by clock: `monotonic`, `boottime`
@Json
public record Linux(
    List<Namespace> namespaces,
    List<IdMapping> uidMappings,
    List<IdMapping> gidMappings,
    Map<String, TimeOffset> timeOffsets,
    List<Device> devices,
    Map<String, NetDevice> netDevices,
    @Nullable String cgroupsPath,
    @Nullable Resources resources,
    @Nullable String rootfsPropagation,
    @Nullable Seccomp seccomp,
    Map<String, String> sysctl,
    List<String> maskedPaths,
    List<String> readonlyPaths,
    @Nullable String mountLabel,
    @Nullable IntelRdt intelRdt,
    @Nullable MemoryPolicy memoryPolicy,
    @Nullable Personality personality) {
  public Linux {
    namespaces = Fields.list(namespaces);
    uidMappings = Fields.list(uidMappings);
    gidMappings = Fields.list(gidMappings);
    timeOffsets = Fields.map(timeOffsets);
    devices = Fields.list(devices);
    netDevices = Fields.map(netDevices);
    sysctl = Fields.map(sysctl);
    maskedPaths = Fields.list(maskedPaths);
    readonlyPaths = Fields.list(readonlyPaths);
  }

  public Linux withCgroupsPath(String value) {
    return new Linux(
        namespaces,
        uidMappings,
        gidMappings,
        timeOffsets,
        devices,
        netDevices,
        value,
        resources,
        rootfsPropagation,
        seccomp,
        sysctl,
        maskedPaths,
        readonlyPaths,
        mountLabel,
        intelRdt,
        memoryPolicy,
        personality);
  }

  /// Begin the part of a container in some namespaces.
  public static LinuxDraft draft(List<Namespace> namespaces) {
    return new LinuxDraft(namespaces);
  }
}
