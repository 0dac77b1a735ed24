package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jontainers.testkit.ConformanceTest;

/// config.md, Linux Process: the five sets of capabilities(7).
@ConformanceTest
class CapabilitiesTest {
  private static final String CHOWN = "0000000000000001";
  private static final String CHOWN_AND_KILL = "0000000000000021";
  private static final String NONE = "0000000000000000";

  /// config#capabilities: effective, bounding, inheritable, permitted, ambient
  @OnEachRuntime
  void each_set_is_the_one_given(Container container) {
    container.setObject(
        "process.capabilities",
        "bounding",
        List.of("CAP_CHOWN", "CAP_KILL"),
        "permitted",
        List.of("CAP_CHOWN", "CAP_KILL"),
        "effective",
        List.of("CAP_CHOWN"),
        "inheritable",
        List.of("CAP_CHOWN"),
        "ambient",
        List.of("CAP_CHOWN"));

    // root is given the permitted set by execve(2), and the effective set with it
    assertThat(sets(container))
        .containsEntry("CapBnd", CHOWN_AND_KILL)
        .containsEntry("CapInh", CHOWN)
        .containsEntry("CapPrm", CHOWN_AND_KILL)
        .containsEntry("CapAmb", CHOWN);
  }

  /// CVE-2022-24769, CVE-2022-29162: nothing is inheritable that was not asked for
  @OnEachRuntime
  void nothing_is_inheritable_or_ambient_by_itself(Container container) {
    assertThat(sets(container)).containsEntry("CapInh", NONE).containsEntry("CapAmb", NONE);
  }

  /// capabilities(7): a user other than root keeps ambient ones alone
  @OnEachRuntime
  void another_user_has_the_ambient_set(Container container) {
    container
        .setObject("process.user", "uid", 1000, "gid", 1000)
        .setObject(
            "process.capabilities",
            "bounding",
            List.of("CAP_CHOWN", "CAP_KILL"),
            "permitted",
            List.of("CAP_CHOWN", "CAP_KILL"),
            "effective",
            List.of("CAP_CHOWN", "CAP_KILL"),
            "inheritable",
            List.of("CAP_CHOWN"),
            "ambient",
            List.of("CAP_CHOWN"));

    assertThat(sets(container))
        .containsEntry("CapBnd", CHOWN_AND_KILL)
        .containsEntry("CapPrm", CHOWN)
        .containsEntry("CapEff", CHOWN)
        .containsEntry("CapAmb", CHOWN);
  }

  @OnEachRuntime
  void another_user_has_none_without_an_ambient_set(Container container) {
    container.setObject("process.user", "uid", 1000, "gid", 1000);

    assertThat(sets(container)).containsEntry("CapPrm", NONE).containsEntry("CapEff", NONE);
  }

  /// config#capabilities: without the property there are none
  @OnEachRuntime
  void empty_sets_are_empty(Container container) {
    container.setObject("process.capabilities", "bounding", List.of(), "permitted", List.of());

    assertThat(sets(container)).containsEntry("CapBnd", NONE).containsEntry("CapPrm", NONE);
  }

  /// config#capabilities: a value that the runtime cannot map to the kernel's is ignored with a
  /// warning since 1.1
  @OnEachRuntime
  void an_unknown_capability_is_ignored(Container container) {
    container.capabilities("CAP_BOGUS");

    assertThat(sets(container)).containsEntry("CapEff", "0000000020000420");
  }

  /// capabilities(7): files have theirs, and no more than the bounding set
  @OnEachRuntime
  void the_effect_is_the_kernels(Container container) {
    assertThat(container.shell("chown 1:1 /etc/passwd 2>&1; hostname other 2>&1; true"))
        .contains("Operation not permitted")
        .contains("hostname: sethostname: Operation not permitted");
  }

  private static Map<String, String> sets(Container container) {
    return container.args("grep", "^Cap", "/proc/self/status").run().succeeded().lines().stream()
        .collect(Collectors.toMap(line -> line.substring(0, 6), line -> line.substring(8)));
  }
}
