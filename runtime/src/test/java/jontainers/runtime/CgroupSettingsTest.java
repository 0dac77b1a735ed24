package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import jontainers.linux.Arch;
import jontainers.oci.BlockIo;
import jontainers.oci.Cpu;
import jontainers.oci.InterfacePriority;
import jontainers.oci.Memory;
import jontainers.oci.Network;
import jontainers.oci.Pids;
import jontainers.oci.Rdma;
import jontainers.oci.Resources;
import jontainers.oci.ThrottleDevice;
import jontainers.runtime.step.NamespaceKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CgroupSettingsTest {
  private static final Host FIRST =
      host(
          hierarchy(1, "memory", "memory"),
          hierarchy(1, "cpu,cpuacct", "cpu", "cpuacct"),
          hierarchy(1, "cpuset", "cpuset"),
          hierarchy(1, "pids", "pids"),
          hierarchy(1, "blkio", "blkio"),
          hierarchy(1, "devices", "devices"),
          hierarchy(2, "unified"));

  private static final Host SECOND =
      host(hierarchy(2, "", "memory", "cpu", "cpuset", "pids", "io"));

  private static final Resources ALL =
      Resources.of(
          List.of(),
          Memory.of(100L, 50L, 300L),
          Cpu.of(1024L, 50_000L, 100_000L, "0-1", "0"),
          new Pids(20L),
          new BlockIo(
              500,
              null,
              List.of(),
              List.of(new ThrottleDevice(8, 0, 1024)),
              List.of(),
              List.of(),
              List.of(new ThrottleDevice(8, 0, 7))));

  @Test
  void version_1_counts_swap_with_memory_and_has_a_hierarchy_for_each_controller()
      throws Exception {
    var settings = settings(FIRST, "jontainers/x", ALL);

    assertThat(written(settings))
        .containsExactly(
            "memory/jontainers/x/memory.limit_in_bytes=100",
            "memory/jontainers/x/memory.soft_limit_in_bytes=50",
            "memory/jontainers/x/memory.memsw.limit_in_bytes=300",
            "cpu,cpuacct/jontainers/x/cpu.shares=1024",
            "cpu,cpuacct/jontainers/x/cpu.cfs_period_us=100000",
            "cpu,cpuacct/jontainers/x/cpu.cfs_quota_us=50000",
            "cpuset/jontainers/x/cpuset.cpus=0-1",
            "cpuset/jontainers/x/cpuset.mems=0",
            "pids/jontainers/x/pids.max=20",
            "blkio/jontainers/x/blkio.weight|blkio.bfq.weight=500",
            "blkio/jontainers/x/blkio.throttle.read_bps_device=8:0 1024",
            "blkio/jontainers/x/blkio.throttle.write_iops_device=8:0 7");
  }

  @Test
  void version_2_counts_swap_alone_and_has_one_directory() throws Exception {
    var settings = settings(SECOND, "jontainers/x", ALL);

    assertThat(written(settings))
        .containsExactly(
            "jontainers/x/memory.max=100",
            "jontainers/x/memory.low=50",
            "jontainers/x/memory.swap.max=200",
            "jontainers/x/cpu.weight=100",
            "jontainers/x/cpu.max=50000 100000",
            "jontainers/x/cpuset.cpus=0-1",
            "jontainers/x/cpuset.mems=0",
            "jontainers/x/pids.max=20",
            "jontainers/x/io.bfq.weight|io.weight=default 4950",
            "jontainers/x/io.max=8:0 rbps=1024",
            "jontainers/x/io.max=8:0 wiops=7");
    assertThat(settings.used().values())
        .containsExactly(Set.of("memory", "cpu", "cpuset", "pids", "io"));
  }

  @Test
  void no_limit_is_a_word_in_version_2_and_a_negative_number_in_version_1() throws Exception {
    var none = Resources.of(List.of(), Memory.of(-1L, null, -1L), null, new Pids(-1L), null);

    assertThat(written(settings(SECOND, "x", none)))
        .containsExactly("x/memory.max=max", "x/memory.swap.max=max", "x/pids.max=max");
    assertThat(written(settings(FIRST, "x", none)))
        .containsExactly(
            "memory/x/memory.limit_in_bytes=-1",
            "memory/x/memory.memsw.limit_in_bytes=-1",
            "pids/x/pids.max=max");
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "1024, 100", "262144, 10000", "512, 59", "2048, 174"})
  void shares_become_weights_so_that_the_usual_stays_the_usual(long shares, long weight) {
    assertThat(CgroupSettings.weight(shares)).isEqualTo(weight);
  }

  @Test
  void a_limit_without_its_controller_is_refused() {
    var host = host(hierarchy(2, "", "cpu"));

    assertThatThrownBy(() -> settings(host, "x", ALL))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("\"memory\"");
  }

  @Test
  void what_only_version_1_can_is_refused_with_version_2() {
    var swappiness = new Memory(null, null, null, null, null, 10L, null, null, null);

    assertThatThrownBy(
            () -> settings(SECOND, "x", Resources.of(List.of(), swappiness, null, null, null)))
        .hasMessageContaining("swappiness");
  }

  @Test
  void files_of_version_2_are_written_by_name_and_lead_nowhere_else() throws Exception {
    assertThat(written(settings(SECOND, "x", unified("memory.high", "9"))))
        .containsExactly("x/memory.high=9");
    assertThatThrownBy(() -> settings(SECOND, "x", unified("../memory.max", "9")))
        .hasMessageContaining("not a file of a cgroup");
    assertThatThrownBy(() -> settings(FIRST, "x", unified("memory.high", "9")))
        .hasMessageContaining("cgroup v2");
  }

  @Test
  void packets_have_a_class_and_priorities_on_version_1_alone() throws Exception {
    var packets = network(new Network(0x100001L, List.of(new InterfacePriority("eth0", 5))));
    var host = host(hierarchy(1, "net_cls,net_prio", "net_cls", "net_prio"));

    assertThat(written(settings(host, "x", packets)))
        .containsExactly(
            "net_cls,net_prio/x/net_cls.classid=1048577",
            "net_cls,net_prio/x/net_prio.ifpriomap=eth0 5");
    assertThatThrownBy(() -> settings(SECOND, "x", packets)).hasMessageContaining("\"net_cls\"");
  }

  @Test
  void handles_and_objects_of_remote_memory_are_limited_for_each_device() throws Exception {
    var limits = new TreeMap<String, Rdma>();
    limits.put("mlx4_0", new Rdma(2L, null));
    limits.put("ocrdma1", new Rdma(3L, 100L));

    assertThat(written(settings(host(hierarchy(2, "", "rdma")), "x", rdma(limits))))
        .containsExactly(
            "x/rdma.max=mlx4_0 hca_handle=2", "x/rdma.max=ocrdma1 hca_handle=3 hca_object=100");
    assertThat(written(settings(host(hierarchy(1, "rdma", "rdma")), "x", rdma(limits))))
        .contains("rdma/x/rdma.max=mlx4_0 hca_handle=2");
    assertThatThrownBy(() -> settings(SECOND, "x", rdma(limits))).hasMessageContaining("\"rdma\"");
  }

  private static Resources network(Network network) {
    return new Resources(List.of(), null, null, null, null, List.of(), network, Map.of(), Map.of());
  }

  private static Resources rdma(Map<String, Rdma> limits) {
    return new Resources(List.of(), null, null, null, null, List.of(), null, limits, Map.of());
  }

  private static Resources unified(String name, String value) {
    return new Resources(
        List.of(), null, null, null, null, List.of(), null, Map.of(), Map.of(name, value));
  }

  private static List<String> written(CgroupSettings settings) {
    return settings.settings().stream()
        .map(s ->
            Path.of("/cg").relativize(s.directory())
                + "/"
                + String.join("|", s.files())
                + "="
                + s.value())
        .toList();
  }

  private static CgroupHierarchy hierarchy(int version, String place, String... controllers) {
    return new CgroupHierarchy(version, Path.of("/cg", place), Set.of(controllers));
  }

  private static Host host(CgroupHierarchy... hierarchies) {
    return new Host(
        Arch.X86_64,
        40,
        -1,
        EnumSet.allOf(NamespaceKind.class),
        List.of(hierarchies),
        Host.Users.MACHINE);
  }

  private static CgroupSettings settings(Host host, String path, Resources resources)
      throws StartException {
    return CgroupSettings.of(host, hierarchy -> hierarchy.below(path), resources);
  }
}
