package jontainers.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Capability;
import jontainers.oci.DockerSeccompProfile;

/// What a container may do, where it differs from Docker's defaults.
///
/// @param privileged all capabilities and devices, and no filter, hidden or read-only paths
/// @param addedCapabilities names with or without `CAP_`, or `ALL`
/// @param droppedCapabilities names with or without `CAP_`, or `ALL`
/// @param noNewPrivileges whether no program gains privileges by being executed
/// @param seccomp the filter of system calls
/// @param openSystemPaths whether paths of /proc and /sys are neither hidden nor read-only
/// @param devices devices of the host that it may use
/// @param deviceRules further rules, as `c 42:* rwm`
public record Security(
    boolean privileged,
    List<String> addedCapabilities,
    List<String> droppedCapabilities,
    boolean noNewPrivileges,
    SeccompChoice seccomp,
    boolean openSystemPaths,
    List<HostDevice> devices,
    List<String> deviceRules) {
  private static final String ALL = "ALL";

  public Security {
    addedCapabilities = List.copyOf(addedCapabilities);
    droppedCapabilities = List.copyOf(droppedCapabilities);
    devices = List.copyOf(devices);
    deviceRules = List.copyOf(deviceRules);
  }

  /// Docker's defaults.
  public static Security standard() {
    return new Security(
        false,
        List.of(),
        List.of(),
        false,
        new SeccompChoice.Standard(),
        false,
        List.of(),
        List.of());
  }

  /// No capability, and none to be gained by executing a program.
  public static Security least() {
    return new Security(
        false,
        List.of(),
        List.of(ALL),
        true,
        new SeccompChoice.Standard(),
        false,
        List.of(),
        List.of());
  }

  /// Which filter of system calls a container has.
  public sealed interface SeccompChoice {
    /// Docker's default profile, which depends on the capabilities; none when privileged.
    record Standard() implements SeccompChoice {}

    /// None.
    record Unconfined() implements SeccompChoice {}

    /// Another profile.
    record Profile(DockerSeccompProfile profile) implements SeccompChoice {}
  }

  /// A device of the host, or a directory of devices.
  ///
  /// @param source on the host
  /// @param target in the container
  /// @param permissions of `r`, `w` and `m` (mknod)
  public record HostDevice(Path source, String target, String permissions) {}

  /// Decide on the capabilities as Docker does: `ALL` before single names, dropped before added.
  ///
  /// @param kernel all capabilities of this kernel
  List<String> capabilities(List<String> kernel) {
    if (privileged) {
      return kernel;
    }
    var added = named(addedCapabilities);
    var dropped = named(droppedCapabilities);
    if (isAll(addedCapabilities)) {
      return kernel.stream().filter(c -> !dropped.contains(c)).toList();
    }
    var capabilities = new ArrayList<String>();
    if (!isAll(droppedCapabilities)) {
      DockerDefaults.CAPABILITIES.stream()
          .filter(c -> !dropped.contains(c))
          .forEach(capabilities::add);
    }
    added.stream().filter(c -> !capabilities.contains(c)).forEach(capabilities::add);
    return List.copyOf(capabilities);
  }

  /// Return the filter that is asked for; empty for none.
  Optional<SeccompChoice> filter() {
    return switch (seccomp) {
      case SeccompChoice.Standard _ when privileged -> Optional.empty();
      case SeccompChoice.Unconfined _ -> Optional.empty();
      default -> Optional.of(seccomp);
    };
  }

  /// Return a sentence for each problem.
  List<String> problems() {
    var problems = new ArrayList<String>();
    var all = new ArrayList<>(addedCapabilities);
    all.addAll(droppedCapabilities);
    all.removeIf(name -> name.equalsIgnoreCase(ALL));
    for (String name : Capability.unknown(all)) {
      problems.add("unknown capability: \"" + name + "\"");
    }
    for (var device : devices) {
      if (!device.permissions().matches("[rwm]{1,3}")) {
        problems.add("invalid device mode: \"" + device.permissions() + "\": r, w and m are known");
      }
      if (!device.target().startsWith("/")) {
        problems.add("invalid device path: \"" + device.target() + "\" is not absolute");
      }
    }
    deviceRules.stream()
        .filter(rule -> DeviceRules.parse(rule).isEmpty())
        .map(rule -> "invalid device cgroup rule: \"" + rule + "\": expected as \"c 42:* rwm\"")
        .forEach(problems::add);
    return problems;
  }

  private static List<String> named(List<String> names) {
    return Capability.names(
        Capability.mask(names.stream().filter(n -> !n.equalsIgnoreCase(ALL)).toList()));
  }

  private static boolean isAll(List<String> names) {
    return names.stream().anyMatch(n -> n.equalsIgnoreCase(ALL));
  }
}
