package jontainers.runtime;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import jontainers.oci.Cpu;
import jontainers.oci.Memory;
import jontainers.oci.Resources;
import jontainers.runtime.systemd.Property;
import jontainers.runtime.systemd.Value;
import org.jspecify.annotations.Nullable;

/// From the resources of a specification to properties of a systemd unit
/// (systemd.resource-control(5)); pure.
///
/// They say the same as what is written into the cgroup's files: without them systemd, whenever it
/// looks after the unit, would put its own defaults there. What systemd has no property for is in
/// the files alone.
final class UnitLimits {
  private static final long STANDARD_PERIOD = 100_000;

  /// systemd counts whole percents of a processor.
  private static final long PERCENT = 10_000;

  private static final int WITH_QUOTA_PERIOD = 242;
  private static final int WITH_CPUSETS = 244;
  private static final int MOST_BITS = 1 << 16;

  private final int systemd;
  private final List<Property> properties = new ArrayList<>();

  private UnitLimits(int systemd) {
    this.systemd = systemd;
  }

  /// Decide on the properties with cgroup version 1.
  ///
  /// @param systemd its version: an older one has fewer properties
  static List<Property> ofVersion1(Resources resources, int systemd) {
    var limits = new UnitLimits(systemd);
    var memory = resources.memory();
    if (memory != null) {
      limits.number("MemoryLimit", memory.limit());
    }
    var cpu = resources.cpu();
    if (cpu != null) {
      limits.number("CPUShares", cpu.shares());
      limits.quota(cpu.quota(), cpu.period());
      limits.sets(cpu);
    }
    if (resources.blockIO() != null && resources.blockIO().weight() != null) {
      limits.number("BlockIOWeight", resources.blockIO().weight().longValue());
    }
    limits.tasks(resources);
    limits.properties.addAll(UnitDevices.of(resources.devices()));
    return List.copyOf(limits.properties);
  }

  /// Decide on the properties with cgroup version 2; devices are filtered by a program of ours,
  /// which systemd leaves alone.
  ///
  /// @param systemd its version: an older one has fewer properties
  static List<Property> ofVersion2(Resources resources, int systemd) {
    var limits = new UnitLimits(systemd);
    if (resources.memory() != null) {
      limits.memory(resources.memory());
    }
    var cpu = resources.cpu();
    if (cpu != null) {
      if (cpu.shares() != null && cpu.shares() != 0) {
        limits.number("CPUWeight", CgroupSettings.weight(cpu.shares()));
      }
      limits.quota(cpu.quota(), cpu.period());
      limits.sets(cpu);
    }
    if (resources.blockIO() != null
        && resources.blockIO().weight() != null
        && resources.blockIO().weight() != 0) {
      limits.number("IOWeight", CgroupSettings.ioWeight(resources.blockIO().weight()));
    }
    limits.tasks(resources);
    limits.unified(resources.unified());
    return List.copyOf(limits.properties);
  }

  private void memory(Memory memory) {
    number("MemoryMax", memory.limit());
    number("MemoryLow", memory.reservation());
    Long both = memory.swap();
    if (both != null && both != 0) {
      long limit = memory.limit() == null || memory.limit() < 0 ? 0 : memory.limit();
      add("MemorySwapMax", both < 0 ? Value.Uint64.INFINITY : new Value.Uint64(both - limit));
    }
  }

  /// Microseconds of processor time a second.
  private void quota(@Nullable Long quota, @Nullable Long period) {
    long periods = period == null ? 0 : period;
    if (periods != 0 && systemd >= WITH_QUOTA_PERIOD) {
      add("CPUQuotaPeriodUSec", new Value.Uint64(periods));
    }
    if (quota != null && quota > 0) {
      long each = quota * 1_000_000 / (periods > 0 ? periods : STANDARD_PERIOD);
      add("CPUQuotaPerSecUSec", new Value.Uint64((each + PERCENT - 1) / PERCENT * PERCENT));
    } else if ((quota != null && quota != 0) || periods != 0) {
      add("CPUQuotaPerSecUSec", Value.Uint64.INFINITY);
    }
  }

  private void sets(Cpu cpu) {
    set("AllowedCPUs", cpu.cpus());
    set("AllowedMemoryNodes", cpu.mems());
  }

  /// `0-3,7` as the bits of bytes, the lowest first. What is no such list the kernel refuses.
  private void set(String name, @Nullable String list) {
    if (list == null || list.isBlank() || systemd < WITH_CPUSETS) {
      return;
    }
    var bits = new BitSet();
    try {
      for (String range : list.strip().split(",")) {
        String[] ends = range.strip().split("-", 2);
        int first = Integer.parseInt(ends[0]);
        int last = Integer.parseInt(ends[ends.length - 1]);
        if (last >= MOST_BITS) {
          return;
        }
        bits.set(first, last + 1);
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return;
    }
    add(name, Value.octets(bits.toByteArray()));
  }

  private void tasks(Resources resources) {
    Long limit = resources.pids() == null ? null : resources.pids().limit();
    if (limit != null) {
      add("TasksMax", limit < 0 ? Value.Uint64.INFINITY : new Value.Uint64(Math.max(1, limit)));
    }
  }

  /// Files of version 2 by name; one with a value that is none the kernel refuses.
  private void unified(Map<String, String> files) {
    files.forEach((file, text) -> {
      String value = text.strip();
      try {
        switch (file) {
          case "memory.max" -> limit("MemoryMax", value);
          case "memory.high" -> limit("MemoryHigh", value);
          case "memory.low" -> limit("MemoryLow", value);
          case "memory.min" -> limit("MemoryMin", value);
          case "memory.swap.max" -> limit("MemorySwapMax", value);
          case "pids.max" -> limit("TasksMax", value);
          case "cpu.weight" -> add("CPUWeight", new Value.Uint64(Long.parseLong(value)));
          case "cpuset.cpus" -> set("AllowedCPUs", value);
          case "cpuset.mems" -> set("AllowedMemoryNodes", value);
          case "cpu.max" -> {
            String[] words = value.split("\\s+");
            quota(
                words[0].equals("max") ? -1L : Long.valueOf(words[0]),
                words.length < 2 ? null : Long.valueOf(words[1]));
          }
          default -> {
            // systemd does not know it
          }
        }
      } catch (NumberFormatException e) {
        // the kernel says so, and better
      }
    });
  }

  private void limit(String name, String value) {
    add(
        name,
        value.equals("max") ? Value.Uint64.INFINITY : new Value.Uint64(Long.parseLong(value)));
  }

  /// Zero stands for what was not said, a negative number for no limit.
  private void number(String name, @Nullable Long value) {
    if (value != null && value != 0) {
      add(name, value < 0 ? Value.Uint64.INFINITY : new Value.Uint64(value));
    }
  }

  private void add(String name, Value value) {
    properties.removeIf(property -> property.name().equals(name));
    properties.add(new Property(name, value));
  }
}
