package jontainers.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jontainers.oci.BlockIo;
import jontainers.oci.Cpu;
import jontainers.oci.Memory;
import jontainers.oci.Resources;
import jontainers.oci.Rlimit;

/// What a container may use of the machine; what is not limited is as for any process of the host.
///
/// ```java
/// Limits.none().memory(64L << 20).cpus(0.5).pids(100)
/// ```
///
/// A value: each method returns another one.
///
/// @param resources the limits of its cgroups; the device rules in it stay empty
/// @param rlimits limits of each process: getrlimit(2)
/// @param oomScoreAdj from -1000 (never killed when memory is short) to 1000 (first)
/// @param shmSize bytes of /dev/shm
/// @param sysctls kernel parameters of its own namespaces, such as `net.core.somaxconn`
/// @param cgroupParent the cgroup in which the container's own is made; absent for `/jontainers`
public record Limits(
    Resources resources,
    List<Rlimit> rlimits,
    Optional<Integer> oomScoreAdj,
    long shmSize,
    Map<String, String> sysctls,
    Optional<String> cgroupParent) {
  private static final long SHM_SIZE = 64L << 20;
  private static final long CPU_PERIOD_MICROSECONDS = 100_000;

  public Limits {
    rlimits = List.copyOf(rlimits);
    sysctls = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(sysctls));
  }

  /// Limit nothing.
  public static Limits none() {
    return new Limits(
        Resources.of(List.of(), null, null, null, null),
        List.of(),
        Optional.empty(),
        SHM_SIZE,
        Map.of(),
        Optional.empty());
  }

  /// Tell whether any of this needs a cgroup.
  boolean needCgroups() {
    return !resources.equals(none().resources) || cgroupParent.isPresent();
  }

  /// Limit memory to some bytes, and swap to as many, as Docker does.
  public Limits memory(long bytes) {
    return memory(Memory.of(bytes, null, null));
  }

  /// Limit memory in detail.
  public Limits memory(Memory memory) {
    return with(
        Resources.of(List.of(), memory, resources.cpu(), resources.pids(), resources.blockIO()));
  }

  /// Limit the processor time to that of some processors, such as 0.5.
  public Limits cpus(double processors) {
    return cpu(
        Cpu.of(
            null,
            Math.round(processors * CPU_PERIOD_MICROSECONDS),
            CPU_PERIOD_MICROSECONDS,
            null,
            null));
  }

  /// Limit the processors in detail.
  public Limits cpu(Cpu cpu) {
    return with(
        Resources.of(List.of(), resources.memory(), cpu, resources.pids(), resources.blockIO()));
  }

  /// Limit the number of processes and threads; -1 for no limit, and 0, as with Docker.
  public Limits pids(long count) {
    return with(
        Resources.of(
            List.of(),
            resources.memory(),
            resources.cpu(),
            new jontainers.oci.Pids(count == 0 ? -1 : count),
            resources.blockIO()));
  }

  /// Limit the use of block devices.
  public Limits blockIo(BlockIo blockIo) {
    return with(
        Resources.of(List.of(), resources.memory(), resources.cpu(), resources.pids(), blockIo));
  }

  /// Limit each process.
  public Limits rlimits(List<Rlimit> value) {
    return new Limits(resources, value, oomScoreAdj, shmSize, sysctls, cgroupParent);
  }

  public Limits oomScoreAdj(int value) {
    return new Limits(resources, rlimits, Optional.of(value), shmSize, sysctls, cgroupParent);
  }

  public Limits shmSize(long bytes) {
    return new Limits(resources, rlimits, oomScoreAdj, bytes, sysctls, cgroupParent);
  }

  public Limits sysctls(Map<String, String> value) {
    return new Limits(resources, rlimits, oomScoreAdj, shmSize, value, cgroupParent);
  }

  public Limits cgroupParent(String value) {
    return new Limits(resources, rlimits, oomScoreAdj, shmSize, sysctls, Optional.of(value));
  }

  private Limits with(Resources value) {
    return new Limits(value, rlimits, oomScoreAdj, shmSize, sysctls, cgroupParent);
  }
}
