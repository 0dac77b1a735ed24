package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Weights and throttles of the block I/O cgroup (`linux.resources.blockIO`).
@Json
public record BlockIo(
    @Nullable Integer weight,
    @Nullable Integer leafWeight,
    List<WeightDevice> weightDevice,
    List<ThrottleDevice> throttleReadBpsDevice,
    List<ThrottleDevice> throttleWriteBpsDevice,
    List<ThrottleDevice> throttleReadIOPSDevice,
    List<ThrottleDevice> throttleWriteIOPSDevice) {
  public BlockIo {
    weightDevice = Fields.list(weightDevice);
    throttleReadBpsDevice = Fields.list(throttleReadBpsDevice);
    throttleWriteBpsDevice = Fields.list(throttleWriteBpsDevice);
    throttleReadIOPSDevice = Fields.list(throttleReadIOPSDevice);
    throttleWriteIOPSDevice = Fields.list(throttleWriteIOPSDevice);
  }
}
