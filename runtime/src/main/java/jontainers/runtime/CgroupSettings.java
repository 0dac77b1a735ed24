package jontainers.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import jontainers.oci.BlockIo;
import jontainers.oci.Cpu;
import jontainers.oci.HugepageLimit;
import jontainers.oci.Memory;
import jontainers.oci.Network;
import jontainers.oci.Rdma;
import jontainers.oci.Resources;
import jontainers.oci.ThrottleDevice;
import jontainers.oci.WeightDevice;
import org.jspecify.annotations.Nullable;

/// From the resources of a specification to what is written into files of cgroups; pure.
///
/// A controller belongs to a hierarchy of version 1 or to that of version 2, and its files differ:
/// Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst of the kernel. Where the versions count
/// differently, values are converted as runc converts them.
final class CgroupSettings {
  /// One value for a file.
  ///
  /// @param directory the container's cgroup
  /// @param files names of which the first that exists is written
  record Setting(Path directory, List<String> files, String value) {
    Setting {
      files = List.copyOf(files);
    }
  }

  private final Host host;
  private final Function<CgroupHierarchy, Path> place;
  private final Map<CgroupHierarchy, Set<String>> used = new LinkedHashMap<>();
  private final List<Setting> settings = new ArrayList<>();

  private CgroupSettings(Host host, Function<CgroupHierarchy, Path> place) {
    this.host = host;
    this.place = place;
  }

  /// Decide what to write.
  ///
  /// @param place where the container's cgroup is in each hierarchy
  /// @throws StartException where no hierarchy has a controller that is needed
  static CgroupSettings of(Host host, Function<CgroupHierarchy, Path> place, Resources resources)
      throws StartException {
    var decided = new CgroupSettings(host, place);
    if (resources.memory() != null) {
      decided.memory(resources.memory());
    }
    if (resources.cpu() != null) {
      decided.cpu(resources.cpu());
    }
    if (resources.pids() != null && resources.pids().limit() != null) {
      decided.pids(resources.pids().limit());
    }
    if (resources.blockIO() != null) {
      decided.blockIo(resources.blockIO());
    }
    for (var limit : resources.hugepageLimits()) {
      decided.hugepages(limit);
    }
    if (resources.network() != null) {
      decided.network(resources.network());
    }
    for (var device : resources.rdma().entrySet()) {
      decided.rdma(device.getKey(), device.getValue());
    }
    decided.unified(resources.unified());
    return decided;
  }

  /// Return the controllers that are needed, by their hierarchies.
  Map<CgroupHierarchy, Set<String>> used() {
    return used;
  }

  List<Setting> settings() {
    return settings;
  }

  private void memory(Memory memory) throws StartException {
    if (memory.limit() != null) {
      set("memory", memory.limit(), "memory.limit_in_bytes", "memory.max");
    }
    if (memory.reservation() != null) {
      set("memory", memory.reservation(), "memory.soft_limit_in_bytes", "memory.low");
    }
    if (memory.swap() != null) {
      swap(memory.swap(), memory.limit());
    }
    if (memory.swappiness() != null) {
      onlyFirst("memory", "memory swappiness");
      add("memory", Long.toString(memory.swappiness()), "memory.swappiness");
    }
    if (Boolean.TRUE.equals(memory.disableOOMKiller())) {
      onlyFirst("memory", "disabling the out-of-memory killer");
      add("memory", "1", "memory.oom_control");
    }
  }

  /// Version 1 counts memory and swap together, version 2 swap alone.
  private void swap(long both, @Nullable Long memory) throws StartException {
    if (second("memory")) {
      long limit = memory == null || memory < 0 ? 0 : memory;
      add("memory", both < 0 ? "max" : Long.toString(both - limit), "memory.swap.max");
    } else {
      add("memory", Long.toString(both), "memory.memsw.limit_in_bytes");
    }
  }

  private void cpu(Cpu cpu) throws StartException {
    if (cpu.shares() != null && cpu.shares() != 0) {
      if (second("cpu")) {
        add("cpu", Long.toString(weight(cpu.shares())), "cpu.weight");
      } else {
        add("cpu", Long.toString(cpu.shares()), "cpu.shares");
      }
    }
    if (second("cpu")) {
      if (cpu.quota() != null || cpu.period() != null) {
        String quota = cpu.quota() == null || cpu.quota() <= 0 ? "max" : cpu.quota().toString();
        add("cpu", cpu.period() == null ? quota : quota + " " + cpu.period(), "cpu.max");
      }
    } else {
      if (cpu.period() != null) {
        add("cpu", cpu.period().toString(), "cpu.cfs_period_us");
      }
      if (cpu.quota() != null) {
        add("cpu", cpu.quota().toString(), "cpu.cfs_quota_us");
      }
    }
    if (cpu.burst() != null) {
      add("cpu", cpu.burst().toString(), second("cpu") ? "cpu.max.burst" : "cpu.cfs_burst_us");
    }
    if (cpu.idle() != null) {
      add("cpu", cpu.idle().toString(), "cpu.idle");
    }
    if (cpu.realtimePeriod() != null || cpu.realtimeRuntime() != null) {
      onlyFirst("cpu", "realtime scheduling");
      set("cpu", cpu.realtimePeriod(), "cpu.rt_period_us", "");
      set("cpu", cpu.realtimeRuntime(), "cpu.rt_runtime_us", "");
    }
    if (cpu.cpus() != null && !cpu.cpus().isEmpty()) {
      add("cpuset", cpu.cpus(), "cpuset.cpus");
    }
    if (cpu.mems() != null && !cpu.mems().isEmpty()) {
      add("cpuset", cpu.mems(), "cpuset.mems");
    }
  }

  /// From 2…262144 with 1024 as the usual to 1…10000 with 100 as the usual.
  static long weight(long shares) {
    if (shares <= 2) {
      return 1;
    }
    if (shares >= 262_144) {
      return 10_000;
    }
    double log = Math.log((double) shares) / Math.log(2);
    return (long) Math.ceil(Math.pow(10, (log * log + 125 * log) / 612.0 - 7.0 / 34.0));
  }

  /// From 10…1000 to 1…10000.
  static long ioWeight(int weight) {
    return 1 + (weight - 10) * 9999L / 990;
  }

  /// No process more for 0, which is 1 with systemd's and so everywhere: who is in it may be.
  private void pids(long limit) throws StartException {
    add("pids", limit < 0 ? "max" : Long.toString(Math.max(1, limit)), "pids.max");
  }

  private void blockIo(BlockIo io) throws StartException {
    if (io.weight() != null && io.weight() != 0) {
      if (second("blkio")) {
        add("blkio", "default " + ioWeight(io.weight()), "io.bfq.weight", "io.weight");
      } else {
        add("blkio", io.weight().toString(), "blkio.weight", "blkio.bfq.weight");
      }
    }
    for (WeightDevice device : io.weightDevice()) {
      if (device.weight() != null) {
        String value = device.major() + ":" + device.minor() + " " + device.weight();
        if (second("blkio")) {
          add("blkio", value, "io.bfq.weight", "io.weight");
        } else {
          add("blkio", value, "blkio.weight_device", "blkio.bfq.weight_device");
        }
      }
    }
    throttle(io.throttleReadBpsDevice(), "blkio.throttle.read_bps_device", "rbps");
    throttle(io.throttleWriteBpsDevice(), "blkio.throttle.write_bps_device", "wbps");
    throttle(io.throttleReadIOPSDevice(), "blkio.throttle.read_iops_device", "riops");
    throttle(io.throttleWriteIOPSDevice(), "blkio.throttle.write_iops_device", "wiops");
  }

  private void throttle(List<ThrottleDevice> devices, String first, String key)
      throws StartException {
    for (var device : devices) {
      String number = device.major() + ":" + device.minor();
      String rate = Long.toUnsignedString(device.rate());
      if (second("blkio")) {
        add("blkio", number + " " + key + "=" + (device.rate() == 0 ? "max" : rate), "io.max");
      } else {
        add("blkio", number + " " + rate, first);
      }
    }
  }

  private void hugepages(HugepageLimit limit) throws StartException {
    String limits = Long.toUnsignedString(limit.limit());
    add(
        "hugetlb",
        limits,
        second("hugetlb")
            ? "hugetlb." + limit.pageSize() + ".max"
            : "hugetlb." + limit.pageSize() + ".limit_in_bytes");
  }

  /// Version 2 has neither; what filters packets there looks at the cgroup itself.
  private void network(Network network) throws StartException {
    if (network.classID() != null) {
      onlyFirst("net_cls", "a class of packets");
      add("net_cls", network.classID().toString(), "net_cls.classid");
    }
    for (var priority : network.priorities()) {
      onlyFirst("net_prio", "a priority of packets");
      add("net_prio", priority.name() + " " + priority.priority(), "net_prio.ifpriomap");
    }
  }

  private void rdma(String device, Rdma limit) throws StartException {
    var words = new StringBuilder(device);
    if (limit.hcaHandles() != null) {
      words.append(" hca_handle=").append(limit.hcaHandles());
    }
    if (limit.hcaObjects() != null) {
      words.append(" hca_object=").append(limit.hcaObjects());
    }
    add("rdma", words.toString(), "rdma.max");
  }

  /// Files of version 2 by name: the part before the first dot is the controller.
  private void unified(Map<String, String> files) throws StartException {
    for (var file : files.entrySet()) {
      String name = file.getKey();
      int dot = name.indexOf('.');
      if (dot <= 0 || name.indexOf('/') >= 0) {
        throw new StartException("not a file of a cgroup: \"" + name + "\"", "");
      }
      String controller = name.substring(0, dot);
      if (controller.equals("cgroup")) {
        continue;
      }
      if (!second(controller)) {
        throw new StartException(
            "unified resource " + name + " needs the controller " + controller + " of cgroup v2",
            "");
      }
      add(controller, file.getValue(), name);
    }
  }

  private void set(String controller, @Nullable Long value, String first, String second)
      throws StartException {
    if (value != null) {
      boolean two = second(controller);
      add(controller, two && value < 0 ? "max" : value.toString(), two ? second : first);
    }
  }

  private void add(String controller, String value, String... files) throws StartException {
    var hierarchy = hierarchy(controller);
    used.computeIfAbsent(hierarchy, _ -> new LinkedHashSet<>())
        .add(hierarchy.version() == 2 ? nameOfSecond(controller) : controller);
    settings.add(new Setting(place.apply(hierarchy), List.of(files), value));
  }

  private void onlyFirst(String controller, String what) throws StartException {
    if (second(controller)) {
      throw new StartException(what + " is not possible with cgroup v2", "leave the option away");
    }
  }

  private boolean second(String controller) throws StartException {
    return hierarchy(controller).version() == 2;
  }

  private CgroupHierarchy hierarchy(String controller) throws StartException {
    for (var hierarchy : host.cgroups()) {
      String name = hierarchy.version() == 2 ? nameOfSecond(controller) : controller;
      if (hierarchy.controllersFor(place.apply(hierarchy)).contains(name)) {
        return hierarchy;
      }
    }
    throw new StartException(
        "a limit needs the cgroup controller \"" + controller + "\", which this machine has not",
        "look into /proc/cgroups and /sys/fs/cgroup/cgroup.controllers");
  }

  private static String nameOfSecond(String controller) {
    return controller.equals("blkio") ? "io" : controller;
  }
}
