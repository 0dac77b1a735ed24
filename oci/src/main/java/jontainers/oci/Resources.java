package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the container's cgroup limits (`linux.resources` of config-linux.md).
///
/// @param unified files of cgroup v2 and what to write there
@Json
public record Resources(
    List<DeviceRule> devices,
    @Nullable Memory memory,
    @Nullable Cpu cpu,
    @Nullable Pids pids,
    @Nullable BlockIo blockIO,
    List<HugepageLimit> hugepageLimits,
    @Nullable Network network,
    Map<String, Rdma> rdma,
    Map<String, String> unified) {
  public Resources {
    devices = Fields.list(devices);
    hugepageLimits = Fields.list(hugepageLimits);
    rdma = Fields.map(rdma);
    unified = Fields.map(unified);
  }

  /// The limits that `docker run` has flags for.
  public static Resources of(
      List<DeviceRule> devices,
      @Nullable Memory memory,
      @Nullable Cpu cpu,
      @Nullable Pids pids,
      @Nullable BlockIo blockIO) {
    return new Resources(devices, memory, cpu, pids, blockIO, List.of(), null, Map.of(), Map.of());
  }

  public Resources withDevices(List<DeviceRule> value) {
    return new Resources(value, memory, cpu, pids, blockIO, hugepageLimits, network, rdma, unified);
  }

  public Resources withMemory(@Nullable Memory value) {
    return new Resources(
        devices, value, cpu, pids, blockIO, hugepageLimits, network, rdma, unified);
  }

  /// Read resources alone, as `update --resources FILE` takes them.
  public static Resources parse(String json) {
    return Documents.parse(Resources.class, json, "resources");
  }
}
