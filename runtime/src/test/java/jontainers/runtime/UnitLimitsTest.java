package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jontainers.oci.BlockIo;
import jontainers.oci.Cpu;
import jontainers.oci.DeviceRule;
import jontainers.oci.Memory;
import jontainers.oci.Pids;
import jontainers.oci.Resources;
import jontainers.runtime.systemd.Property;
import jontainers.runtime.systemd.Value;
import org.junit.jupiter.api.Test;

/// What systemd is told of limits.
class UnitLimitsTest {
  private static final int NEW = 252;

  private static final Resources ALL =
      Resources.of(
          List.of(),
          Memory.of(64L << 20, 32L << 20, 96L << 20),
          Cpu.of(512L, 25_000L, 50_000L, "0-3,7", "0"),
          new Pids(100L),
          new BlockIo(500, null, List.of(), List.of(), List.of(), List.of(), List.of()));

  @Test
  void limits_of_version_2_have_the_names_of_its_files() {
    assertThat(UnitLimits.ofVersion2(ALL, NEW))
        .containsExactly(
            number("MemoryMax", 64 << 20),
            number("MemoryLow", 32 << 20),
            number("MemorySwapMax", 32 << 20),
            number("CPUWeight", CgroupSettings.weight(512)),
            number("CPUQuotaPeriodUSec", 50_000),
            number("CPUQuotaPerSecUSec", 500_000),
            bits("AllowedCPUs", 0x8f),
            bits("AllowedMemoryNodes", 1),
            number("IOWeight", 4950),
            number("TasksMax", 100));
  }

  @Test
  void limits_of_version_1_are_those_that_systemd_knows() {
    assertThat(UnitLimits.ofVersion1(ALL, NEW))
        .containsExactly(
            number("MemoryLimit", 64 << 20),
            number("CPUShares", 512),
            number("CPUQuotaPeriodUSec", 50_000),
            number("CPUQuotaPerSecUSec", 500_000),
            bits("AllowedCPUs", 0x8f),
            bits("AllowedMemoryNodes", 1),
            number("BlockIOWeight", 500),
            number("TasksMax", 100));
  }

  @Test
  void an_old_systemd_is_not_told_what_it_does_not_know() {
    assertThat(UnitLimits.ofVersion2(ALL, 219))
        .extracting(Property::name)
        .doesNotContain("CPUQuotaPeriodUSec", "AllowedCPUs", "AllowedMemoryNodes")
        .contains("CPUQuotaPerSecUSec");
  }

  @Test
  void a_quota_is_rounded_up_to_a_percent() {
    assertThat(UnitLimits.ofVersion2(cpu(Cpu.of(null, 33_333L, null, null, null)), NEW))
        .containsExactly(number("CPUQuotaPerSecUSec", 340_000));
  }

  @Test
  void negative_numbers_are_no_limits_and_zeros_say_nothing() {
    var resources =
        Resources.of(
            List.of(),
            Memory.of(-1L, 0L, -1L),
            Cpu.of(0L, -1L, null, "", null),
            new Pids(-1L),
            null);

    assertThat(UnitLimits.ofVersion2(resources, NEW))
        .containsExactly(
            infinite("MemoryMax"),
            infinite("MemorySwapMax"),
            infinite("CPUQuotaPerSecUSec"),
            infinite("TasksMax"));
  }

  @Test
  void files_of_version_2_go_before_what_says_the_same() {
    var files =
        Map.of(
            "cpu.max", "max 20000",
            "cpu.weight", "77",
            "cpuset.cpus", "9",
            "memory.high", " 4096 ",
            "memory.max", "max",
            "memory.oom.group", "1",
            "memory.min", "much",
            "pids.max", "12");
    var resources =
        new Resources(
            List.of(),
            Memory.of(1L << 20, null, null),
            null,
            null,
            null,
            List.of(),
            null,
            Map.of(),
            new TreeMap<>(files));

    assertThat(UnitLimits.ofVersion2(resources, NEW))
        .containsExactly(
            number("CPUQuotaPeriodUSec", 20_000),
            infinite("CPUQuotaPerSecUSec"),
            number("CPUWeight", 77),
            new Property("AllowedCPUs", Value.octets(new byte[] {0, 2})),
            number("MemoryHigh", 4096),
            infinite("MemoryMax"),
            number("TasksMax", 12));
  }

  @Test
  void a_list_of_processors_that_is_none_is_left_to_the_kernel() {
    for (String list : List.of("a", "3-1", "1-", "99999999", "-1")) {
      assertThat(UnitLimits.ofVersion2(cpu(Cpu.of(null, null, null, list, null)), NEW))
          .as(list)
          .isEmpty();
    }
  }

  @Test
  void devices_of_version_1_are_what_is_allowed_at_last() {
    var rules =
        List.of(
            new DeviceRule(true, "c", 9L, 9L, "r"),
            new DeviceRule(false, "a", null, null, "rwm"),
            new DeviceRule(true, "c", 1L, 3L, "rwm"),
            new DeviceRule(true, "c", 136L, null, "rwm"),
            new DeviceRule(true, "b", null, -1L, "m"),
            new DeviceRule(true, "c", 4L, 5L, null),
            new DeviceRule(false, "c", 4L, 5L, null));

    assertThat(UnitDevices.of(rules))
        .containsExactly(
            new Property("DevicePolicy", new Value.Text("strict")),
            new Property(
                "DeviceAllow",
                new Value.ListOf(
                    "(ss)",
                    List.of(
                        entry("/dev/char/1:3", "rwm"),
                        entry("char-136", "rwm"),
                        entry("block-*", "m")))));
    assertThat(UnitLimits.ofVersion2(ALL.withDevices(rules), NEW))
        .as("a program of ours filters them")
        .isEqualTo(UnitLimits.ofVersion2(ALL, NEW));
  }

  @Test
  void who_may_use_all_devices_has_no_list() {
    assertThat(UnitDevices.of(List.of(new DeviceRule(true, null, null, null, null))))
        .containsExactly(
            new Property("DevicePolicy", new Value.Text("auto")),
            new Property("DeviceAllow", new Value.ListOf("(ss)", List.of())));
    assertThat(UnitDevices.of(List.of())).isEmpty();
  }

  private static Resources cpu(Cpu cpu) {
    return Resources.of(List.of(), null, cpu, null, null);
  }

  private static Value entry(String node, String access) {
    return Value.struct(new Value.Text(node), new Value.Text(access));
  }

  private static Property number(String name, long value) {
    return new Property(name, new Value.Uint64(value));
  }

  private static Property infinite(String name) {
    return new Property(name, Value.Uint64.INFINITY);
  }

  private static Property bits(String name, int value) {
    return new Property(name, Value.octets(new byte[] {(byte) value}));
  }
}
