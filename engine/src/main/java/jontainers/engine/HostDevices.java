package jontainers.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.SyscallException;
import jontainers.oci.Device;
import jontainers.oci.DeviceRule;

/// Devices of the host, looked up for a container: what `--device` and `--privileged` ask for.
///
/// @param devices the nodes
/// @param rules what may be done with them
record HostDevices(List<Device> devices, List<DeviceRule> rules) {
  private static final Path DEV = Path.of("/dev");

  /// What a container has of its own in /dev.
  private static final Set<String> OWN =
      Set.of("pts", "shm", "fd", "mqueue", "console", "ptmx", "stdin", "stdout", "stderr", "core");

  HostDevices {
    devices = List.copyOf(devices);
    rules = List.copyOf(rules);
  }

  /// Look up what a container asks for, on top of the devices that every one has.
  static HostDevices of(Security security) throws EngineException {
    var devices = new ArrayList<>(DockerDefaults.DEVICES);
    var rules = new ArrayList<DeviceRule>();
    if (security.privileged()) {
      rules.add(new DeviceRule(true, "a", null, null, "rwm"));
      below(DEV, "/dev", "rwm", devices, new ArrayList<>());
    } else {
      rules.addAll(DockerDefaults.DEVICE_RULES);
    }
    for (var asked : security.devices()) {
      add(asked, devices, rules);
    }
    for (String rule : security.deviceRules()) {
      DeviceRules.parse(rule).ifPresent(rules::add);
    }
    return new HostDevices(devices, rules);
  }

  private static void add(Security.HostDevice asked, List<Device> devices, List<DeviceRule> rules)
      throws EngineException {
    if (Files.isDirectory(asked.source())) {
      below(asked.source(), asked.target(), asked.permissions(), devices, rules);
      return;
    }
    try (var fd = Fd.open(asked.source(), Fd.O_PATH)) {
      if (!node(fd, asked.target(), asked.permissions(), devices, rules)) {
        throw new EngineException(
            EngineException.Category.INVALID, "not a device: \"" + asked.source() + "\"");
      }
    } catch (SyscallException e) {
      throw new EngineException(
          EngineException.Category.INVALID,
          "no such device: \"" + asked.source() + "\": " + e.errno().text());
    }
  }

  /// Nodes that vanish meanwhile are passed over.
  private static void below(
      Path directory,
      String target,
      String permissions,
      List<Device> devices,
      List<DeviceRule> rules)
      throws EngineException {
    try (var entries = Files.newDirectoryStream(directory)) {
      for (var entry : entries) {
        String name = entry.getFileName().toString();
        if ((directory.equals(DEV) && OWN.contains(name)) || Files.isSymbolicLink(entry)) {
          continue;
        }
        String place = target + "/" + name;
        if (Files.isDirectory(entry)) {
          below(entry, place, permissions, devices, rules);
          continue;
        }
        try (var fd = Fd.open(entry, Fd.O_PATH)) {
          boolean _ = node(fd, place, permissions, devices, rules);
        } catch (SyscallException e) {
          // it is gone
        }
      }
    } catch (IOException e) {
      throw Failures.of("list the devices in " + directory, e);
    }
  }

  private static boolean node(
      Fd fd, String target, String permissions, List<Device> devices, List<DeviceRule> rules)
      throws SyscallException {
    var status = FileStatus.of(fd);
    String type;
    switch (status.type()) {
      case CHARACTER_DEVICE -> type = "c";
      case BLOCK_DEVICE -> type = "b";
      default -> {
        return false;
      }
    }
    long major = FileStatus.major(status.special());
    long minor = FileStatus.minor(status.special());
    devices.removeIf(device -> device.path().equals(target));
    devices.add(new Device(target, type, major, minor, status.mode(), status.uid(), status.gid()));
    rules.add(new DeviceRule(true, type, major, minor, permissions));
    return true;
  }
}
