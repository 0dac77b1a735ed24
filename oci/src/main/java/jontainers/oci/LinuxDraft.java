package jontainers.oci;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Collect what [Linux] is; each method returns this. Confined to one thread.
public final class LinuxDraft {
  private final List<Namespace> namespaces;
  private List<IdMapping> uidMappings = List.of();
  private List<IdMapping> gidMappings = List.of();
  private Map<String, TimeOffset> timeOffsets = Map.of();
  private List<Device> devices = List.of();
  private Map<String, NetDevice> netDevices = Map.of();
  private @Nullable String cgroupsPath;
  private @Nullable Resources resources;
  private @Nullable String rootfsPropagation;
  private @Nullable Seccomp seccomp;
  private Map<String, String> sysctl = Map.of();
  private List<String> maskedPaths = List.of();
  private List<String> readonlyPaths = List.of();
  private @Nullable String mountLabel;
  private @Nullable IntelRdt intelRdt;
  private @Nullable MemoryPolicy memoryPolicy;
  private @Nullable Personality personality;

  LinuxDraft(List<Namespace> namespaces) {
    this.namespaces = List.copyOf(namespaces);
  }

  /// Map the ids of a user namespace.
  public LinuxDraft idMappings(List<IdMapping> uids, List<IdMapping> gids) {
    this.uidMappings = uids;
    this.gidMappings = gids;
    return this;
  }

  public LinuxDraft timeOffsets(Map<String, TimeOffset> value) {
    this.timeOffsets = value;
    return this;
  }

  public LinuxDraft devices(List<Device> value) {
    this.devices = value;
    return this;
  }

  public LinuxDraft netDevices(Map<String, NetDevice> value) {
    this.netDevices = value;
    return this;
  }

  public LinuxDraft cgroupsPath(String value) {
    this.cgroupsPath = value;
    return this;
  }

  public LinuxDraft resources(Resources value) {
    this.resources = value;
    return this;
  }

  public LinuxDraft rootfsPropagation(String value) {
    this.rootfsPropagation = value;
    return this;
  }

  /// Filter system calls; null for none.
  public LinuxDraft seccomp(@Nullable Seccomp value) {
    this.seccomp = value;
    return this;
  }

  public LinuxDraft sysctl(Map<String, String> value) {
    this.sysctl = value;
    return this;
  }

  public LinuxDraft maskedPaths(List<String> value) {
    this.maskedPaths = value;
    return this;
  }

  public LinuxDraft readonlyPaths(List<String> value) {
    this.readonlyPaths = value;
    return this;
  }

  public LinuxDraft mountLabel(String value) {
    this.mountLabel = value;
    return this;
  }

  public LinuxDraft intelRdt(IntelRdt value) {
    this.intelRdt = value;
    return this;
  }

  public LinuxDraft memoryPolicy(MemoryPolicy value) {
    this.memoryPolicy = value;
    return this;
  }

  public LinuxDraft personality(Personality value) {
    this.personality = value;
    return this;
  }

  public Linux build() {
    return new Linux(
        namespaces,
        uidMappings,
        gidMappings,
        timeOffsets,
        devices,
        netDevices,
        cgroupsPath,
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
}
