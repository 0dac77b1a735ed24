package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Arch;
import jontainers.linux.Fd;
import jontainers.oci.Device;
import jontainers.oci.Hook;
import jontainers.oci.Hooks;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Namespace;
import jontainers.oci.Process;
import jontainers.oci.Root;
import jontainers.oci.Spec;
import jontainers.oci.TimeOffset;
import jontainers.runtime.step.LifecycleStep;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.step.NamespaceStep;
import jontainers.runtime.step.Step;
import org.junit.jupiter.api.Test;

/// What is different for a container that another command starts.
class CreationPlanTest {
  private static final Host HOST =
      new Host(
          Arch.X86_64,
          40,
          (1L << 41) - 1,
          EnumSet.allOf(NamespaceKind.class),
          List.of(
              new CgroupHierarchy(1, Path.of("/cg/cpu"), Set.of("cpu")),
              new CgroupHierarchy(1, Path.of("/cg/devices"), Set.of("devices")),
              new CgroupHierarchy(1, Path.of("/cg/systemd"), Set.of(), "user")),
          Host.Users.MACHINE);

  private static final ContainerPlan.Files FILES =
      new ContainerPlan.Files() {
        @Override
        public DanglingLinks.End followed(String root, String path) {
          return new DanglingLinks.End(path, true);
        }

        @Override
        public boolean isDirectory(String path) {
          return true;
        }

        @Override
        public Optional<String> node(Device device) {
          return Optional.of(device.path());
        }

        @Override
        public List<String> kernelMounts(String outside) {
          return List.of("/proc", "/sys");
        }

        @Override
        public StreamKind kind(Fd stream) {
          return StreamKind.SOCKET;
        }
      };

  @Test
  void it_waits_after_everything_but_its_program() throws StartException {
    var steps = summaries(plan(spec(linux().build(), List.of())).child());

    assertThat(steps)
        .containsSubsequence(
            "join a new session keyring",
            "become user 0, group 0",
            "find sh",
            "stand still while the runtime writes down what it has made",
            "wait for the start",
            "become sh");
  }

  @Test
  void its_cgroups_are_in_every_hierarchy() throws StartException {
    var plan = plan(spec(linux().cgroupsPath("/a/b").build(), List.of()));

    assertThat(plan.cgroup().directories())
        .extracting(directory -> directory.path().toString())
        .containsExactly("/cg/cpu/a/b", "/cg/devices/a/b", "/cg/systemd/a/b");
  }

  @Test
  void a_relative_cgroup_is_below_the_runtimes_own() throws StartException {
    var plan = plan(spec(linux().cgroupsPath("b").build(), List.of()));

    assertThat(plan.cgroup().directories())
        .extracting(directory -> directory.path().toString())
        .containsExactly("/cg/cpu/b", "/cg/devices/b", "/cg/systemd/user/b");
  }

  @Test
  void hooks_run_when_everything_is_mounted_and_nothing_is_hidden() throws StartException {
    var hooks =
        new Hooks(
            List.of(),
            List.of(new Hook("/bin/true", List.of(), List.of(), null)),
            List.of(),
            List.of(),
            List.of(),
            List.of());
    var mounts = List.of(new Mount("/proc", "proc", "proc", List.of()));
    var plan =
        plan(spec(linux().maskedPaths(List.of("/proc/kcore")).build(), mounts).withHooks(hooks));

    assertThat(summaries(plan.child()))
        .containsSubsequence(
            "take hold of /",
            "stand in /b/rootfs",
            "mount proc on /proc",
            "make /b/rootfs the root of all paths",
            "let go of the host's files",
            "show hooks the host's files",
            "stand still while the hooks run",
            "take the host's files away again",
            "hide /proc/kcore");
  }

  @Test
  void without_hooks_the_hosts_files_are_gone_for_good() throws StartException {
    assertThat(plan(spec(linux().build(), List.of())).child())
        .noneMatch(LifecycleStep.ShowHost.class::isInstance);
  }

  @Test
  void a_pid_namespace_is_entered_by_the_agent() throws StartException {
    var linux =
        Linux.draft(List.of(Namespace.of("mount"), new Namespace("pid", "/proc/9/ns/pid"))).build();
    var plan = plan(spec(linux, List.of()));

    assertThat(summaries(plan.agent())).contains("join the pid namespace");
    assertThat(summaries(plan.child())).doesNotContain("join the pid namespace");
    assertThat(plan.cloning().namespaces()).containsExactly(NamespaceKind.MOUNT);
  }

  @Test
  void clocks_are_set_before_anybody_reads_them() throws StartException {
    var linux =
        Linux.draft(List.of(Namespace.of("mount"), Namespace.of("time")))
            .timeOffsets(Map.of("monotonic", new TimeOffset(7, 9)))
            .build();
    var plan = plan(spec(linux, List.of()));

    assertThat(summaries(plan.agent()))
        .containsSubsequence(
            "make a time namespace", "set /proc/self/timens_offsets to monotonic 7 9\n");
    assertThat(plan.cloning().namespaces()).containsExactly(NamespaceKind.MOUNT);
  }

  @Test
  void default_devices_are_there_whatever_the_configuration_lists() throws StartException {
    assertThat(summaries(plan(spec(linux().build(), List.of())).child()))
        .contains(
            "make the device /dev/null", "make the device /dev/tty", "link /dev/ptmx to pts/ptmx");
  }

  @Test
  void nothing_is_made_in_the_hosts_own_dev() throws StartException {
    var mounts = List.of(new Mount("/dev", "bind", "/dev", List.of("rbind")));

    assertThat(summaries(plan(spec(linux().build(), mounts)).child()))
        .noneMatch(step -> step.startsWith("make the device") || step.startsWith("link"));
  }

  @Test
  void without_a_cgroup_namespace_only_its_own_cgroups_are_shown() throws StartException {
    var linux = Linux.draft(List.of(Namespace.of("mount"))).cgroupsPath("/a").build();
    var mounts = List.of(new Mount("/sys/fs/cgroup", "cgroup", "cgroup", List.of("ro")));

    assertThat(summaries(plan(spec(linux, mounts)).child()))
        .contains("show /cg/devices/a at /sys/fs/cgroup/devices")
        .contains("show /cg/systemd/a at /sys/fs/cgroup/systemd")
        .noneMatch(step -> step.startsWith("mount cgroup on /sys/fs/cgroup/"));
  }

  @Test
  void preserved_descriptors_are_passed_when_nothing_more_is_opened() throws StartException {
    var launch =
        launch(
            spec(linux().build(), List.of()),
            new Creation("", Creation.RootChange.PIVOT, CgroupDriver.FILES, 2));
    var plan = ContainerPlan.of(launch, HOST, false, FILES);

    assertThat(summaries(plan.child()))
        .containsSubsequence(
            "leave only the standard streams open",
            "find sh",
            "wait for the start",
            "pass 2 descriptors on",
            "become sh");
  }

  @Test
  void a_container_without_a_mount_namespace_is_refused() {
    var linux = Linux.draft(List.of(Namespace.of("pid"))).build();

    assertThatThrownBy(() -> plan(spec(linux, List.of())))
        .hasMessage("a container needs a mount namespace of its own");
  }

  @Test
  void systemd_moves_the_process_before_its_cgroup_namespace_begins() throws StartException {
    var own =
        Linux.draft(List.of(Namespace.of("mount"), Namespace.of("cgroup")))
            .cgroupsPath("/a.slice/b.scope")
            .build();
    var launch =
        launch(
            spec(own, List.of()),
            new Creation("", Creation.RootChange.PIVOT, CgroupDriver.SYSTEMD, 0));
    var second =
        new Host(
            Arch.X86_64,
            40,
            (1L << 41) - 1,
            EnumSet.allOf(NamespaceKind.class),
            List.of(new CgroupHierarchy(2, Path.of("/cg"), Set.of("memory"))),
            Host.Users.MACHINE);
    var plan = ContainerPlan.of(launch, second, false, FILES);

    assertThat(summaries(plan.child()))
        .containsSubsequence(
            "stand still while systemd moves it into its cgroup",
            "make the own cgroup the root of all that is visible of cgroups")
        .noneMatch(step -> step.startsWith("enter the cgroups"));
    assertThat(summaries(plan.agent())).noneMatch(step -> step.startsWith("take hold of the c"));
    assertThat(plan.cgroup().directories())
        .extracting(directory -> directory.path().toString())
        .containsExactly("/cg/a.slice/b.scope");
  }

  @Test
  void of_version_1_it_enters_what_systemd_does_not_move_it_into() throws StartException {
    var launch =
        launch(
            spec(linux().cgroupsPath("/a").build(), List.of()),
            new Creation("", Creation.RootChange.PIVOT, CgroupDriver.SYSTEMD, 0));

    assertThat(summaries(ContainerPlan.of(launch, HOST, false, FILES).child()))
        .containsSubsequence(
            "stand still while systemd moves it into its cgroup",
            "enter the cgroups /cg/cpu/a/tasks, /cg/devices/a/tasks");
  }

  @Test
  void steps_are_divided_where_the_process_stands_still() throws StartException {
    var stages = Stages.of(plan(spec(linux().build(), List.of())).child());

    assertThat(stages.pauses()).containsExactly(LifecycleStep.Pause.Reason.STATE);
    assertThat(stages.parts()).hasSize(2);
    assertThat(stages.parts().getLast().getFirst()).isInstanceOf(LifecycleStep.AwaitStart.class);
    assertThat(stages.parts().getFirst()).anyMatch(NamespaceStep.NewSession.class::isInstance);
  }

  private static ContainerPlan plan(Spec spec) throws StartException {
    return ContainerPlan.of(
        launch(spec, new Creation("_ses.one", Creation.RootChange.PIVOT, CgroupDriver.FILES, 0)),
        HOST,
        false,
        FILES);
  }

  private static Launch launch(Spec spec, Creation creation) {
    var none = Fd.owning(0, "not used");
    return new Launch(
        spec,
        List.of(),
        new Launch.Streams(none, none, none),
        Optional.empty(),
        false,
        Optional.of(creation),
        Set.of());
  }

  private static Spec spec(Linux linux, List<Mount> mounts) {
    return new Spec(
        "1.0.2",
        Process.draft(List.of("sh")).build(),
        new Root("/b/rootfs", false),
        null,
        null,
        mounts,
        null,
        Map.of(),
        linux);
  }

  private static jontainers.oci.LinuxDraft linux() {
    return Linux.draft(
            List.of(
                Namespace.of("mount"),
                Namespace.of("uts"),
                Namespace.of("ipc"),
                Namespace.of("pid"),
                Namespace.of("cgroup")))
        .cgroupsPath("/a");
  }

  private static List<String> summaries(List<Step> steps) {
    return steps.stream().map(Step::summary).toList();
  }
}
