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
    return CgroupHierarchy.parse(List.of(lines), List.of(), _ -> Set.of("memory"), _ -> true);
  }

  @Test
  void the_own_cgroup_is_found_below_what_is_mounted() {
    var found =
        CgroupHierarchy.parse(
            List.of(
                "30 20 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
                "31 20 0:27 /box /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids",
                "32 20 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd",
                "33 20 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate"),
            List.of("4:memory:/user/one", "3:pids:/box/two", "1:name=systemd:/x", "0::/../y"),
            _ -> Set.of(),
            _ -> false);

    assertThat(found).extracting(CgroupHierarchy::own).containsExactly("user/one", "two", "x", "");
  }

  @Test
  void a_path_is_below_the_root_or_below_the_own_cgroup() {
    var first = new CgroupHierarchy(1, Path.of("/cg/cpu"), Set.of("cpu"), "user");
    var second = new CgroupHierarchy(2, Path.of("/cg"), Set.of("cpu"), "user/shell");

    assertThat(first.place("/a/b")).isEqualTo(Path.of("/cg/cpu/a/b"));
    assertThat(first.place("a")).isEqualTo(Path.of("/cg/cpu/user/a"));
    assertThat(second.place("a")).isEqualTo(Path.of("/cg/user/a"));
  }

  @Test
  void no_path_leads_out_of_the_hierarchy() {
    var first = new CgroupHierarchy(1, Path.of("/cg/cpu"), Set.of("cpu"), "user");
    var second = new CgroupHierarchy(2, Path.of("/cg"), Set.of("cpu"), "user/shell");

    for (String up : List.of("/..", "/../../..", "/a/../../..", "..", "../../..", "a/../../..")) {
      assertThat(first.place(up + "/tmp/x").startsWith("/cg/cpu")).as(up).isTrue();
      assertThat(second.place(up + "/tmp/x").startsWith("/cg")).as(up).isTrue();
      assertThat(first.below(up + "/tmp/x")).as(up).isEqualTo(Path.of("/cg/cpu/tmp/x"));
    }
    assertThat(first.place("../b")).isEqualTo(Path.of("/cg/cpu/user/b"));
    assertThat(second.place("/a/../b")).isEqualTo(Path.of("/cg/b"));
  }

  @Test
  void containers_go_below_the_own_cgroup_where_it_was_delegated() {
    var found = second("system.slice/jontainers.service", "system.slice/jontainers.service");

    assertThat(found.top()).isEqualTo(Path.of("/cg/system.slice/jontainers.service"));
    assertThat(found.controllers()).containsExactly("memory");
    assertThat(found.below("/jontainers/one"))
        .isEqualTo(Path.of("/cg/system.slice/jontainers.service/jontainers/one"));
    assertThat(found.place("one")).isEqualTo(Path.of("/cg/system.slice/jontainers.service/one"));
    assertThat(found.place("/one")).isEqualTo(Path.of("/cg/one"));
    assertThat(found.topOf(Path.of("/cg/one"))).isEqualTo(Path.of("/cg"));
  }

  /// Such is the cgroup of an engine's processes beside those of its containers.
  @Test
  void a_place_elsewhere_has_the_controllers_of_the_root() {
    var leaf = Path.of("/cg/engine.service/supervisor");
    var found =
        CgroupHierarchy.parse(
                List.of("33 20 0:29 / /cg rw - cgroup2 cgroup2 rw,nsdelegate"),
                List.of("0::/engine.service/supervisor"),
                cgroup -> cgroup.equals(leaf) ? Set.of() : Set.of("memory"),
                leaf::equals)
            .getFirst();

    assertThat(found.controllersFor(found.place("one"))).isEmpty();
    assertThat(found.controllersFor(found.place("/engine.service/one"))).containsExactly("memory");
  }

  @Test
  void a_process_in_the_leaf_of_a_delegated_cgroup_still_has_that() {
    assertThat(second("a.service/jontainers-engine", "a.service").base()).isEqualTo("a.service");
    assertThat(second("jontainers-engine", "jontainers-engine").base())
        .isEqualTo("jontainers-engine");
  }

  @Test
  void a_delegated_cgroup_that_is_not_the_own_one_is_left_alone() {
    var found = second("user@1000.service/app.slice/a.scope", "user@1000.service");

    assertThat(found.base()).isEmpty();
    assertThat(found.below("/jontainers/one")).isEqualTo(Path.of("/cg/jontainers/one"));
  }

  private static CgroupHierarchy second(String own, String delegated) {
    var top = Path.of("/cg").resolve(delegated);
    return CgroupHierarchy.parse(
            List.of("33 20 0:29 / /cg rw - cgroup2 cgroup2 rw,nsdelegate"),
            List.of("0::/" + own),
            cgroup -> cgroup.equals(top) ? Set.of("memory") : Set.of(),
            top::equals)
        .getFirst();
  }
}
