package jontainers.cli;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jontainers.engine.Limits;
import jontainers.linux.Fd;
import jontainers.linux.FileStatus;
import jontainers.linux.FileType;
import jontainers.linux.RawText;
import jontainers.oci.BlockIo;
import jontainers.oci.Cpu;
import jontainers.oci.Memory;
import jontainers.oci.Rlimit;
import jontainers.oci.ThrottleDevice;
import jontainers.oci.WeightDevice;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// The options of `run` about what a container may use.
final class LimitOptions {
  private static final String MEMORY = "--memory";
  private static final String MEMORY_SWAP = "--memory-swap";
  private static final String MEMORY_RESERVATION = "--memory-reservation";
  private static final String MEMORY_SWAPPINESS = "--memory-swappiness";
  private static final String OOM_KILL_DISABLE = "--oom-kill-disable";
  private static final String OOM_SCORE_ADJ = "--oom-score-adj";
  private static final String CPUS = "--cpus";
  private static final String CPU_SHARES = "--cpu-shares";
  private static final String CPU_PERIOD = "--cpu-period";
  private static final String CPU_QUOTA = "--cpu-quota";
  private static final String CPUSET_CPUS = "--cpuset-cpus";
  private static final String CPUSET_MEMS = "--cpuset-mems";
  private static final String PIDS_LIMIT = "--pids-limit";
  private static final String BLKIO_WEIGHT = "--blkio-weight";
  private static final String BLKIO_WEIGHT_DEVICE = "--blkio-weight-device";
  private static final String DEVICE_READ_BPS = "--device-read-bps";
  private static final String DEVICE_WRITE_BPS = "--device-write-bps";
  private static final String DEVICE_READ_IOPS = "--device-read-iops";
  private static final String DEVICE_WRITE_IOPS = "--device-write-iops";
  private static final String ULIMIT = "--ulimit";
  private static final String SYSCTL = "--sysctl";
  private static final String SHM_SIZE = "--shm-size";
  private static final String CGROUP_PARENT = "--cgroup-parent";
  private static final long CPU_PERIOD_MICROSECONDS = 100_000;

  private final ParseResult arguments;

  private LimitOptions(ParseResult arguments) {
    this.arguments = arguments;
  }

  static void describe(CommandSpec spec) {
    spec.addOption(Options.value("BYTES", "Limit memory", "-m", MEMORY));
    spec.addOption(Options.value("BYTES", "Limit memory and swap together; -1: swap", MEMORY_SWAP));
    spec.addOption(Options.value("BYTES", "Memory it should keep", MEMORY_RESERVATION));
    spec.addOption(Options.value("0-100", "Inclination to swap", MEMORY_SWAPPINESS));
    spec.addOption(Options.flag("Let it wait instead of killing", OOM_KILL_DISABLE));
    spec.addOption(Options.value("-1000..1000", "Order of killing", OOM_SCORE_ADJ));
    spec.addOption(Options.value("NUMBER", "Limit processor time, as 0.5", CPUS));
    spec.addOption(Options.value("SHARES", "Weight among others", "-c", CPU_SHARES));
    spec.addOption(Options.value("MICROSECONDS", "Period of the quota", CPU_PERIOD));
    spec.addOption(Options.value("MICROSECONDS", "Processor time in a period", CPU_QUOTA));
    spec.addOption(Options.value("LIST", "Processors, as 0-3,7", CPUSET_CPUS));
    spec.addOption(Options.value("LIST", "Memory nodes", CPUSET_MEMS));
    spec.addOption(Options.value("COUNT", "Limit processes and threads", PIDS_LIMIT));
    spec.addOption(Options.value("10-1000", "Weight of block I/O", BLKIO_WEIGHT));
    spec.addOption(Options.values("DEVICE:WEIGHT", "The same by device", BLKIO_WEIGHT_DEVICE));
    spec.addOption(Options.values("DEVICE:BYTES", "Read so much a second", DEVICE_READ_BPS));
    spec.addOption(Options.values("DEVICE:BYTES", "Write so much a second", DEVICE_WRITE_BPS));
    spec.addOption(Options.values("DEVICE:COUNT", "Read so often a second", DEVICE_READ_IOPS));
    spec.addOption(Options.values("DEVICE:COUNT", "Write so often a second", DEVICE_WRITE_IOPS));
    spec.addOption(Options.values("NAME=SOFT[:HARD]", "Limit each process", ULIMIT));
    spec.addOption(Options.values("NAME=VALUE", "Set a kernel parameter of its own", SYSCTL));
    spec.addOption(Options.value("BYTES", "Size of /dev/shm (64m)", SHM_SIZE));
    spec.addOption(Options.value("PATH", "Cgroup to be in", CGROUP_PARENT));
  }

  static Limits read(ParseResult arguments) throws UsageException {
    return new LimitOptions(arguments).read();
  }

  private Limits read() throws UsageException {
    var limits = Limits.none();
    var memory = memory();
    if (memory != null) {
      limits = limits.memory(memory);
    }
    var cpu = cpu();
    if (cpu != null) {
      limits = limits.cpu(cpu);
    }
    var pids = number(PIDS_LIMIT);
    if (pids != null) {
      limits = limits.pids(pids);
    }
    var io = blockIo();
    if (io != null) {
      limits = limits.blockIo(io);
    }
    var adjustment = number(OOM_SCORE_ADJ);
    if (adjustment != null) {
      limits = limits.oomScoreAdj(adjustment.intValue());
    }
    var shm = Options.text(arguments, SHM_SIZE);
    if (shm.isPresent()) {
      limits = limits.shmSize(Sizes.bytes(SHM_SIZE, shm.get()));
    }
    var parent = Options.text(arguments, CGROUP_PARENT);
    if (parent.isPresent()) {
      limits = limits.cgroupParent(parent.get());
    }
    return limits.rlimits(rlimits()).sysctls(sysctls());
  }

  private @Nullable Memory memory() throws UsageException {
    Long limit = bytes(MEMORY);
    Long reservation = bytes(MEMORY_RESERVATION);
    Long swap = bytes(MEMORY_SWAP);
    Long swappiness = number(MEMORY_SWAPPINESS);
    boolean wait = Options.isSet(arguments, OOM_KILL_DISABLE);
    if (swappiness != null && (swappiness < 0 || swappiness > 100)) {
      throw new UsageException(MEMORY_SWAPPINESS + " goes from 0 to 100, not " + swappiness, "");
    }
    if (limit == null && reservation == null && swap == null && swappiness == null && !wait) {
      return null;
    }
    return new Memory(
        limit, reservation, swap, null, null, swappiness, wait ? Boolean.TRUE : null, null, null);
  }

  private @Nullable Cpu cpu() throws UsageException {
    Long quota = number(CPU_QUOTA);
    Long period = number(CPU_PERIOD);
    var cpus = Options.text(arguments, CPUS);
    if (cpus.isPresent()) {
      if (quota != null || period != null) {
        throw new UsageException(
            "conflicting options: --cpus and " + (quota != null ? CPU_QUOTA : CPU_PERIOD), "");
      }
      period = CPU_PERIOD_MICROSECONDS;
      quota = quota(cpus.get());
    }
    Long shares = number(CPU_SHARES);
    var processors = Options.text(arguments, CPUSET_CPUS).orElse(null);
    var nodes = Options.text(arguments, CPUSET_MEMS).orElse(null);
    if (quota == null && period == null && shares == null && processors == null && nodes == null) {
      return null;
    }
    return Cpu.of(shares, quota, period, processors, nodes);
  }

  private static Long quota(String cpus) throws UsageException {
    try {
      var wanted = new BigDecimal(cpus);
      int available = Runtime.getRuntime().availableProcessors();
      if (wanted.signum() <= 0 || wanted.compareTo(BigDecimal.valueOf(available)) > 0) {
        throw new UsageException(
            "--cpus goes from 0.01 to " + available + " on this machine, not " + cpus, "");
      }
      return wanted.multiply(BigDecimal.valueOf(CPU_PERIOD_MICROSECONDS)).longValue();
    } catch (NumberFormatException e) {
      throw new UsageException("invalid number for --cpus: \"" + cpus + "\"", "");
    }
  }

  private @Nullable BlockIo blockIo() throws UsageException {
    Long weight = number(BLKIO_WEIGHT);
    if (weight != null && weight != 0 && (weight < 10 || weight > 1000)) {
      throw new UsageException(BLKIO_WEIGHT + " goes from 10 to 1000, not " + weight, "");
    }
    var weights = new ArrayList<WeightDevice>();
    for (String word : Options.list(arguments, BLKIO_WEIGHT_DEVICE)) {
      var device = device(BLKIO_WEIGHT_DEVICE, word);
      weights.add(
          new WeightDevice(
              device.major(),
              device.minor(),
              (int) count(BLKIO_WEIGHT_DEVICE, device.value()),
              null));
    }
    var readBytes = throttles(DEVICE_READ_BPS, true);
    var writeBytes = throttles(DEVICE_WRITE_BPS, true);
    var reads = throttles(DEVICE_READ_IOPS, false);
    var writes = throttles(DEVICE_WRITE_IOPS, false);
    boolean nothing =
        weights.isEmpty()
            && readBytes.isEmpty()
            && writeBytes.isEmpty()
            && reads.isEmpty()
            && writes.isEmpty();
    return weight == null && nothing
        ? null
        : new BlockIo(
            weight == null ? null : weight.intValue(),
            null,
            weights,
            readBytes,
            writeBytes,
            reads,
            writes);
  }

  private List<ThrottleDevice> throttles(String option, boolean bytes) throws UsageException {
    var throttles = new ArrayList<ThrottleDevice>();
    for (String word : Options.list(arguments, option)) {
      var device = device(option, word);
      long rate = bytes ? Sizes.bytes(option, device.value()) : count(option, device.value());
      throttles.add(new ThrottleDevice(device.major(), device.minor(), rate));
    }
    return throttles;
  }

  private record BlockDevice(long major, long minor, String value) {}

  /// Read `/dev/sda:VALUE`.
  private static BlockDevice device(String option, String word) throws UsageException {
    int colon = word.lastIndexOf(':');
    if (!word.startsWith("/dev/") || colon < 0) {
      throw new UsageException(
          "invalid value for " + option + ": \"" + word + "\"", "expected as /dev/DISK:VALUE");
    }
    String path = word.substring(0, colon);
    try (var fd = Fd.open(RawText.path(path), Fd.O_PATH)) {
      var status = FileStatus.of(fd);
      if (status.type() != FileType.BLOCK_DEVICE) {
        throw new UsageException(option + ": " + path + " is not a block device", "");
      }
      return new BlockDevice(
          FileStatus.major(status.special()),
          FileStatus.minor(status.special()),
          word.substring(colon + 1));
    } catch (IOException e) {
      throw new UsageException(option + ": no such device: " + path, "");
    }
  }

  private List<Rlimit> rlimits() throws UsageException {
    var limits = new ArrayList<Rlimit>();
    for (String word : Options.list(arguments, ULIMIT)) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw new UsageException(
            "invalid ulimit: \"" + word + "\"", "expected as NAME=SOFT[:HARD]");
      }
      String[] values = word.substring(equals + 1).split(":", 2);
      long soft = limit(word, values[0]);
      long hard = values.length == 2 ? limit(word, values[1]) : soft;
      if (Long.compareUnsigned(soft, hard) > 0) {
        throw new UsageException(
            "invalid ulimit: \"" + word + "\": the soft limit is above the hard one", "");
      }
      String name = resource(word.substring(0, equals));
      limits.removeIf(limit -> limit.type().equals(name));
      limits.add(new Rlimit(name, soft, hard));
    }
    return limits;
  }

  private static String resource(String name) throws UsageException {
    try {
      return jontainers.linux.Rlimit.parse(name).name();
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()), "");
    }
  }

  private static long limit(String word, String value) throws UsageException {
    try {
      return value.equals("-1") || value.equals("unlimited") ? -1 : Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new UsageException("invalid ulimit: \"" + word + "\"", "expected as NAME=SOFT[:HARD]");
    }
  }

  private Map<String, String> sysctls() throws UsageException {
    var sysctls = new LinkedHashMap<String, String>();
    for (String word : Options.list(arguments, SYSCTL)) {
      int equals = word.indexOf('=');
      if (equals <= 0) {
        throw new UsageException("invalid sysctl: \"" + word + "\"", "expected as NAME=VALUE");
      }
      sysctls.put(word.substring(0, equals), word.substring(equals + 1));
    }
    return sysctls;
  }

  private @Nullable Long bytes(String option) throws UsageException {
    var text = Options.text(arguments, option);
    return text.isEmpty() ? null : Long.valueOf(Sizes.bytesOrUnlimited(option, text.get()));
  }

  private @Nullable Long number(String option) throws UsageException {
    var text = Options.text(arguments, option);
    return text.isEmpty() ? null : Long.valueOf(count(option, text.get()));
  }

  private static long count(String option, String text) throws UsageException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new UsageException("invalid number for " + option + ": \"" + text + "\"", "");
    }
  }
}
