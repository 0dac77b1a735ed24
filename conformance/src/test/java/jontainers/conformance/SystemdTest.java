package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jontainers.conformance.Command.Outcome;
import jontainers.testkit.ConformanceTest;
import jontainers.testkit.InVm;

/// `--systemd-cgroup`: containers are units of a real systemd, which `bin/with-systemd` runs for
/// each test, in the virtual machine alone.
@ConformanceTest
@InVm
class SystemdTest {
  /// What each script begins with: `runtime VERB …`, and `pid` of the container.
  private static final String PRELUDE =
      """
      id=$1 root=$2 bundle=$3
      shift 3
      runtime() { verb=$1; shift; "$OCI" --root "$root" --systemd-cgroup "$verb" "$@"; }
      create() { runtime create --bundle "$bundle" "$@" "$id" </dev/null >"$bundle/out" 2>&1; }
      pid() { runtime state "$id" | sed -n 's/^ *"pid": *\\([0-9]*\\).*/\\1/p'; }
      own() { grep ^0:: /proc/$(pid)/cgroup; }
      show() { systemctl show -p "$2" --value "$1"; }
      """;

  @OnEachRuntime(differs = "crun 1.8: is in a cgroup below the scope")
  void a_container_is_a_scope_in_its_slice(Container container) throws IOException {
    container
        .set("linux.cgroupsPath", "a-b.slice:pre:" + container.id())
        .add("linux.namespaces", Json.object("type", "cgroup"));
    String unit = "pre-" + container.id() + ".scope";

    var said =
        inside(
            container,
            """
            create && runtime start "$id"
            own
            show %1$s Slice; show %1$s ControlGroup; show %1$s Delegate; show %1$s ActiveState
            show %1$s MemoryAccounting; show %1$s Transient
            runtime exec "$id" grep ^0:: /proc/self/cgroup
            runtime delete --force "$id"
            show %1$s LoadState
            [ -e /sys/fs/cgroup/a.slice/a-b.slice/%1$s ] || echo gone
            """
                .formatted(unit));

    assertThat(said.lines())
        .containsExactly(
            "0::/a.slice/a-b.slice/" + unit,
            "a-b.slice",
            "/a.slice/a-b.slice/" + unit,
            "yes",
            "active",
            "yes",
            "yes",
            "0::/",
            "not-found",
            "gone");
  }

  @OnEachRuntime(differs = "crun 1.8: is in a cgroup below the scope")
  void systemd_is_asked_without_a_bus(Container container) throws IOException {
    container.set("linux.cgroupsPath", "a.slice:pre:" + container.id());

    var said =
        inside(
            List.of("--without-bus"),
            container,
            """
            [ -e /run/dbus ] || echo no bus
            create && own
            runtime delete --force "$id" && show pre-"$id".scope LoadState
            """);

    assertThat(said.lines())
        .containsExactly("no bus", "0::/a.slice/pre-" + container.id() + ".scope", "not-found");
  }

  @OnEachRuntime(without = "crun 1.8: has names of its own")
  void a_container_without_a_path_is_in_the_system_slice(Container container) throws IOException {
    container.set("linux.cgroupsPath", "");

    var said = inside(container, "create && own; runtime delete --force \"$id\"");

    String name = container.subject() == Subject.JONTAINERS ? "jontainers" : "runc";
    assertThat(said.text()).isEqualTo("0::/system.slice/" + name + "-" + container.id() + ".scope");
  }

  @OnEachRuntime(without = "crun 1.8: reads no limits from options")
  void limits_are_systemds_and_the_kernels(Container container) throws IOException {
    container
        .set("linux.cgroupsPath", "a.slice:pre:" + container.id())
        .setObject("linux.resources.memory", "limit", 64 << 20, "reservation", 32 << 20)
        .setObject("linux.resources.cpu", "quota", 50_000, "period", 100_000, "shares", 262_144)
        .setObject("linux.resources.pids", "limit", 50);

    var said =
        inside(
            container,
            """
            unit=pre-$id.scope
            look() {
              for name in MemoryMax MemoryLow TasksMax CPUWeight CPUQuotaPerSecUSec; do
                echo $name $(show $unit $name)
              done
              for name in memory.max memory.low pids.max cpu.weight cpu.max; do
                echo $name $(cat /sys/fs/cgroup/a.slice/$unit/$name)
              done
            }
            create && runtime start "$id" && look
            runtime update --memory 52428800 --pids-limit 20 "$id"
            systemctl daemon-reload
            look | grep -E 'MemoryMax|TasksMax|memory.max|pids.max'
            runtime delete --force "$id"
            """);

    assertThat(said.lines())
        .containsExactly(
            "MemoryMax 67108864",
            "MemoryLow 33554432",
            "TasksMax 50",
            "CPUWeight 10000",
            "CPUQuotaPerSecUSec 500ms",
            "memory.max 67108864",
            "memory.low 33554432",
            "pids.max 50",
            "cpu.weight 10000",
            "cpu.max 50000 100000",
            "MemoryMax 52428800",
            "TasksMax 20",
            "memory.max 52428800",
            "pids.max 20");
  }

  @OnEachRuntime
  void annotations_are_properties(Container container) throws IOException {
    container
        .set("linux.cgroupsPath", "a.slice:pre:" + container.id())
        .setObject(
            "annotations",
            "org.systemd.property.TimeoutStopUSec",
            "uint64 123000000",
            "org.systemd.property.CollectMode",
            "'inactive-or-failed'");

    var said =
        inside(
            container,
            """
            create && show pre-"$id".scope TimeoutStopUSec && show pre-"$id".scope CollectMode
            runtime delete --force "$id"
            """);

    assertThat(said.lines()).containsExactly("2min 3s", "inactive-or-failed");
  }

  @OnEachRuntime(without = "crun 1.8: has words of its own")
  void a_path_that_is_no_unit_is_refused(Container container) throws IOException {
    container.set("linux.cgroupsPath", "/a/b");

    var said = inside(container, "create; echo $?; cat \"$bundle/out\"");

    assertThat(said.out())
        .startsWith("1\n")
        .contains(
            "of format \\\"slice:prefix:name\\\" for systemd cgroups, got \\\"/a/b\\\" instead");
  }

  @OnEachRuntime(without = "crun 1.8: not asked")
  void without_systemd_it_is_refused(Container container) {
    container.set("linux.cgroupsPath", "a.slice:pre:" + container.id());
    container.creating(); // writes config.json

    var said =
        container
            .plain("--systemd-cgroup", "create", "--bundle", container.bundle().toString(), "x")
            .run();

    assertThat(said.code()).isEqualTo(1);
    assertThat(said.errors()).contains("systemd");
  }

  /// The unit is written down before systemd is asked.
  @OnEachRuntime(without = "crun 1.8: not asked")
  void a_create_that_is_killed_leaves_what_delete_finds(Container container) throws IOException {
    String hook = "cd " + container.bundle() + "; echo $PPID >new; mv new hooked; exec sleep 100";
    container
        .set("linux.cgroupsPath", "a.slice:pre:" + container.id())
        .setObject(
            "hooks",
            "createRuntime",
            List.of(Map.of("path", "/bin/sh", "args", List.of("sh", "-c", hook))));

    var said =
        inside(
            container,
            """
            create &
            until [ -e "$bundle/hooked" ]; do sleep 0.1; done
            show pre-"$id".scope ActiveState
            kill -9 $(cat "$bundle/hooked")
            wait
            runtime delete --force "$id"; echo $?
            show pre-"$id".scope LoadState
            [ -e "$root/$id" ] || echo gone
            """);

    assertThat(said.lines()).containsExactly("active", "0", "not-found", "gone");
  }

  @OnEachRuntime(
      without = {"runc 1.1: takes the unit of another for its own", "crun 1.8: not asked"})
  void a_name_that_is_taken_is_refused_and_nothing_is_left(Container container) throws IOException {
    container.set("linux.cgroupsPath", "a.slice:pre:" + container.id());

    var said =
        inside(
            container,
            """
            systemd-run -q --scope --slice=b --unit=pre-"$id".scope sleep 100 &
            until [ "$(show pre-"$id".scope ActiveState)" = active ]; do sleep 0.1; done
            create; echo $?
            cat "$bundle/out"
            [ -e "$root/$id" ] || echo gone
            show pre-"$id".scope ActiveState
            systemctl kill --signal=KILL pre-"$id".scope
            """);

    assertThat(said.lines()).startsWith("1").endsWith("gone", "active");
    assertThat(said.out()).contains("cannot start the unit pre-" + container.id() + ".scope");
  }

  private static Outcome inside(Container container, String script) throws IOException {
    return inside(List.of(), container, script);
  }

  private static Outcome inside(List<String> options, Container container, String script)
      throws IOException {
    assumeTrue(
        Files.readString(Path.of("/proc/cmdline")).contains("cgroup_no_v1=all"),
        "systemd is run in the virtual machine alone: ./test --vm");
    assumeTrue(Files.isExecutable(Path.of("/lib/systemd/systemd")), "no systemd: install systemd");
    Programs.need("dbus-daemon", "dbus");
    container.script("exec sleep 1000");
    container.creating(); // writes config.json
    var bundle = container.bundle();
    var words = new ArrayList<>(List.of(Checkout.path("bin/with-systemd").toString()));
    words.addAll(options);
    words.addAll(List.of("--keep", bundle.toString(), "sh", "-c", PRELUDE + script, "sh"));
    words.addAll(List.of(container.id(), bundle.resolve("state").toString(), bundle.toString()));
    return Command.of(words)
        .with("OCI", container.subject().executable().orElseThrow().toString())
        .within(Duration.ofMinutes(4)) // everything is emulated
        .run();
  }
}
