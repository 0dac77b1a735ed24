package jontainers.runtime;

/// Who makes the cgroups of a container.
public enum CgroupDriver {
  /// The runtime, in the cgroup filesystem.
  FILES,
  /// systemd, of which the container is a unit.
  SYSTEMD
}
