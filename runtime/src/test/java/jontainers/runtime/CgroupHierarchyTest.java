package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CgroupHierarchyTest {
  @Test
  void version_2_alone_is_one_hierarchy() {
    assertThat(
            parse("29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"))
        .containsExactly(new CgroupHierarchy(2, Path.of("/sys/fs/cgroup"), Set.of("memory")));
  }

  @Test
  void version_1_names_its_controllers_and_a_named_hierarchy_has_none() {
    assertThat(
            parse(
                "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
                "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd"))
        .containsExactly(
            new CgroupHierarchy(1, Path.of("/sys/fs/cgroup/cpu,cpuacct"), Set.of("cpu", "cpuacct")),
            new CgroupHierarchy(1, Path.of("/sys/fs/cgroup/systemd"), Set.of()));
  }

  @Test
  void a_hierarchy_that_is_mounted_twice_counts_once() {
    assertThat(
            parse(
                "29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
                "77 23 0:26 / /mnt/with\\040blank rw - cgroup2 cgroup2 rw"))
        .hasSize(1);
  }

  @Test
  void blanks_in_paths_are_read_back() {
    assertThat(parse("77 23 0:26 / /mnt/with\\040blank rw - cgroup2 cgroup2 rw"))
        .extracting(CgroupHierarchy::mountPoint)
        .containsExactly(Path.of("/mnt/with blank"));
  }

  @Test
  void other_filesystems_are_passed_over() {
    assertThat(parse("22 27 0:21 / /proc rw,relatime - proc proc rw", "")).isEmpty();
  }

  private static List<CgroupHierarchy> parse(String... lines) {
    return CgroupHierarchy.parse(List.of(lines), List.of(), _ -> Set.of("memory"));
  }
}
