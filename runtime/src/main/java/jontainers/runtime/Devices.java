package jontainers.runtime;

import java.util.ArrayList;
import java.util.List;
import jontainers.linux.RawText;
import jontainers.oci.Device;
import jontainers.oci.DeviceRule;
import jontainers.oci.Resources;
import jontainers.runtime.step.DeviceStep;
import jontainers.runtime.step.Step;

/// What a container's /dev holds beside the nodes of its specification: config-linux.md, "Default
/// Devices", and the links of runtime-linux.md, "Dev symbolic links".
final class Devices {
  /// A link and where it leads, in turn.
  private static final List<String> LINKS =
      List.of(
          "/dev/fd", "/proc/self/fd",
          "/dev/stdin", "/proc/self/fd/0",
          "/dev/stdout", "/proc/self/fd/1",
          "/dev/stderr", "/proc/self/fd/2",
          "/dev/core", "/proc/kcore",
          "/dev/ptmx", "pts/ptmx");

  /// What each container has: config-linux.md, "Default Devices".
  private static final List<Device> DEFAULTS =
      List.of(
          device("/dev/null", 3),
          device("/dev/zero", 5),
          device("/dev/full", 7),
          device("/dev/random", 8),
          device("/dev/urandom", 9),
          new Device("/dev/tty", "c", 5, 0, 0666, 0L, 0L));

  private static final int DEFAULT_MODE = 0666;

  private Devices() {}

  private static Device device(String path, long minor) {
    return new Device(path, "c", 1, minor, 0666, 0L, 0L);
  }

  /// Return a device with a path that has no slash too many.
  static Device plain(Device device) {
    String path = RawText.of(RawText.path(device.path()).normalize());
    return path.equals(device.path())
        ? device
        : new Device(
            path,
            device.type(),
            device.major(),
            device.minor(),
            device.fileMode(),
            device.uid(),
            device.gid());
  }

  /// Add the default devices that are not among some.
  static List<Device> withDefaults(List<Device> devices) {
    var all = new ArrayList<>(devices);
    for (var device : DEFAULTS) {
      if (devices.stream()
          .noneMatch(d -> RawText.path(d.path()).equals(RawText.path(device.path())))) {
        all.add(device);
      }
    }
    return List.copyOf(all);
  }

  /// Allow the default devices, terminals, and the making of any node, after what a configuration
  /// says; without a rule of it all others are denied, as with runc.
  static Resources allowDefaults(Resources resources) {
    var rules = new ArrayList<DeviceRule>();
    rules.addAll(resources.devices());
    if (rules.isEmpty()) {
      rules.add(new DeviceRule(false, "a", null, null, "rwm"));
    }
    rules.add(new DeviceRule(true, "c", null, null, "m"));
    rules.add(new DeviceRule(true, "b", null, null, "m"));
    for (var device : DEFAULTS) {
      rules.add(new DeviceRule(true, "c", device.major(), device.minor(), "rwm"));
    }
    rules.add(new DeviceRule(true, "c", 136L, null, "rwm")); // /dev/pts
    rules.add(new DeviceRule(true, "c", 5L, 2L, "rwm")); // /dev/ptmx
    rules.add(new DeviceRule(true, "c", 5L, 1L, "rwm")); // /dev/console
    return resources.withDevices(rules);
  }

  /// Tell whether a device is a named pipe, which everybody may make.
  static boolean isPipe(Device device) {
    return device.type().equals("p");
  }

  static List<Step> links(DeviceStep.Dev dev) {
    var links = new ArrayList<Step>();
    for (int i = 0; i < LINKS.size(); i += 2) {
      links.add(new DeviceStep.MakeLink(LINKS.get(i), LINKS.get(i + 1), dev));
    }
    return links;
  }

  /// Turn a device of a specification into its step.
  static Step node(Device device, DeviceStep.Dev dev) {
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
        device.gid() == null ? 0 : device.gid(),
        dev);
  }
}
