package jontainers.runtime;

import io.avaje.jsonb.Json;
import io.avaje.jsonb.Jsonb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the cgroups of a container count, as `events --stats` of runtimes prints it.
@Json
public record ContainerStats(CpuStats cpu, MemoryStats memory, PidsStats pids, BlkioStats blkio) {
  private static final Jsonb JSONB = Jsonb.builder().build();
  private static final long TICK_NANOS = 10_000_000; // USER_HZ is 100
  private static final long UNLIMITED = Long.MAX_VALUE;

  /// Processor time in nanoseconds.
  @Json
  public record CpuStats(CpuUsage usage, Throttling throttling) {}

  @Json
  public record CpuUsage(long total, List<Long> percpu, long kernel, long user) {}

  @Json
  public record Throttling(long periods, long throttledPeriods, long throttledTime) {}

  /// Bytes.
  @Json
  public record MemoryStats(
      long cache, MemoryUse usage, MemoryUse swap, Map<String, Long> raw, long oomKills) {}

  @Json
  public record MemoryUse(long limit, long usage, long max, long failcnt) {}

  @Json
  public record PidsStats(long current, long limit) {}

  @Json
  public record BlkioStats(List<BlkioEntry> ioServiceBytesRecursive) {}

  @Json
  public record BlkioEntry(long major, long minor, String op, long value) {}

  static ContainerStats read(List<String> cgroups) throws IOException {
    var files = new Counters(cgroups.stream().map(Path::of).toList());
    // "tasks" is of version 1 alone; of a hybrid the group of version 2 counts nothing
    return files.has("tasks") ? first(files) : second(files);
  }

  /// Write it on one line.
  public String toJson() {
    return JSONB.toJson(this);
  }

  private static ContainerStats first(Counters files) throws IOException {
    var times = files.table("cpuacct.stat");
    var throttled = files.table("cpu.stat");
    var percpu = new ArrayList<Long>();
    for (String number : files.text("cpuacct.usage_percpu").split(" ")) {
      if (!number.isBlank()) {
        percpu.add(Long.parseUnsignedLong(number));
      }
    }
    var raw = files.table("memory.stat");
    return new ContainerStats(
        new CpuStats(
            new CpuUsage(
                files.number("cpuacct.usage"),
                percpu,
                times.getOrDefault("system", 0L) * TICK_NANOS,
                times.getOrDefault("user", 0L) * TICK_NANOS),
            new Throttling(
                throttled.getOrDefault("nr_periods", 0L),
                throttled.getOrDefault("nr_throttled", 0L),
                throttled.getOrDefault("throttled_time", 0L))),
        new MemoryStats(
            raw.getOrDefault("cache", 0L),
            use(files, "memory"),
            use(files, "memory.memsw"),
            raw,
            files.table("memory.oom_control").getOrDefault("oom_kill", 0L)),
        new PidsStats(files.number("pids.current"), processes(files.text("pids.max"))),
        new BlkioStats(blkio(files.text("blkio.throttle.io_service_bytes"))));
  }

  private static MemoryUse use(Counters files, String name) throws IOException {
    return new MemoryUse(
        files.number(name + ".limit_in_bytes"),
        files.number(name + ".usage_in_bytes"),
        files.number(name + ".max_usage_in_bytes"),
        files.number(name + ".failcnt"));
  }

  /// `MAJOR:MINOR Read 512`: blkio-controller.rst.
  private static List<BlkioEntry> blkio(String text) {
    var entries = new ArrayList<BlkioEntry>();
    for (String line : text.split("\n")) {
      String[] words = line.split("[ :]");
      if (words.length == 4) {
        entries.add(entry(words[0], words[1], words[2], words[3]));
      }
    }
    return entries;
  }

  private static ContainerStats second(Counters files) throws IOException {
    var cpu = files.table("cpu.stat");
    var raw = files.table("memory.stat");
    return new ContainerStats(
        new CpuStats(
            new CpuUsage(
                cpu.getOrDefault("usage_usec", 0L) * 1000,
                List.of(),
                cpu.getOrDefault("system_usec", 0L) * 1000,
                cpu.getOrDefault("user_usec", 0L) * 1000),
            new Throttling(
                cpu.getOrDefault("nr_periods", 0L),
                cpu.getOrDefault("nr_throttled", 0L),
                cpu.getOrDefault("throttled_usec", 0L) * 1000)),
        new MemoryStats(
            raw.getOrDefault("file", 0L),
            new MemoryUse(
                limit(files.text("memory.max")),
                files.number("memory.current"),
                files.number("memory.peak"),
                files.table("memory.events").getOrDefault("max", 0L)),
            new MemoryUse(
                limit(files.text("memory.swap.max")), files.number("memory.swap.current"), 0, 0),
            raw,
            files.table("memory.events").getOrDefault("oom_kill", 0L)),
        new PidsStats(files.number("pids.current"), processes(files.text("pids.max"))),
        new BlkioStats(io(files.text("io.stat"))));
  }

  /// `MAJOR:MINOR rbytes=512 wbytes=0 …`: cgroup-v2.rst, "IO Interface Files".
  private static List<BlkioEntry> io(String text) {
    var entries = new ArrayList<BlkioEntry>();
    for (String line : text.split("\n")) {
      String[] words = line.split("[ :]");
      for (int i = 2; i < words.length; i++) {
        if (words[i].startsWith("rbytes=")) {
          entries.add(entry(words[0], words[1], "Read", words[i].substring(7)));
        } else if (words[i].startsWith("wbytes=")) {
          entries.add(entry(words[0], words[1], "Write", words[i].substring(7)));
        }
      }
    }
    return entries;
  }

  private static BlkioEntry entry(String major, String minor, String op, String value) {
    return new BlkioEntry(
        Long.parseLong(major), Long.parseLong(minor), op, Long.parseUnsignedLong(value));
  }

  /// 0 is no limit.
  private static long processes(String text) {
    return text.isEmpty() || text.equals("max") ? 0 : Long.parseLong(text);
  }

  private static long limit(String text) {
    return text.isEmpty() ? 0 : text.equals("max") ? UNLIMITED : Long.parseUnsignedLong(text);
  }

  /// Files of a container's cgroups, wherever each is; one that is nowhere counts nothing.
  private record Counters(List<Path> directories) {
    boolean has(String name) {
      return directories.stream().anyMatch(directory -> Files.exists(directory.resolve(name)));
    }

    String text(String name) throws IOException {
      for (var directory : directories) {
        var text = CgroupFile.text(directory.resolve(name));
        if (text.isPresent()) {
          return text.get();
        }
      }
      return "";
    }

    long number(String name) throws IOException {
      String text = text(name);
      return text.isEmpty() ? 0 : Long.parseUnsignedLong(text);
    }

    Map<String, Long> table(String name) throws IOException {
      var table = new LinkedHashMap<String, Long>();
      for (String line : text(name).split("\n")) {
        int blank = line.indexOf(' ');
        if (blank > 0) {
          table.put(line.substring(0, blank), Long.parseUnsignedLong(line.substring(blank + 1)));
        }
      }
      return table;
    }
  }
}
