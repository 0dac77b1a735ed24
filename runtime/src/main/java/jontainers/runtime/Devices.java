package jontainers.runtime;

import java.nio.file.Path;
import java.util.List;
import jontainers.oci.Device;
import jontainers.runtime.step.DeviceStep;
import jontainers.runtime.step.Step;

/// What a container's /dev holds beside the nodes of its specification: config-linux.md, "Default
/// Devices", and the links of runtime-linux.md, "Dev symbolic links".
final class Devices {
  static final List<Step> LINKS =
      List.of(
          new DeviceStep.MakeLink("/dev/fd", "/proc/self/fd"),
          new DeviceStep.MakeLink("/dev/stdin", "/proc/self/fd/0"),
          new DeviceStep.MakeLink("/dev/stdout", "/proc/self/fd/1"),
          new DeviceStep.MakeLink("/dev/stderr", "/proc/self/fd/2"),
          new DeviceStep.MakeLink("/dev/core", "/proc/kcore"),
          new DeviceStep.MakeLink("/dev/ptmx", "pts/ptmx"));

  static final Path DEV = Path.of("/dev");

  private static final int DEFAULT_MODE = 0666;

  private Devices() {}

  /// Turn a device of a specification into its step.
  static Step node(Device device) {
    int type =
        switch (device.type()) {
          case "b" -> 0060000;
          case "p" -> 0010000;
          default -> 0020000;
        };
    int mode = device.fileMode() == null ? DEFAULT_MODE : device.fileMode();
    return new DeviceStep.MakeDevice(
        device.path(),
        type | mode,
        (int) device.major(),
        (int) device.minor(),
        device.uid() == null ? 0 : device.uid(),
        device.gid() == null ? 0 : device.gid());
  }
}
