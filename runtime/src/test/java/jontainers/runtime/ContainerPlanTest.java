package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Arch;
import jontainers.linux.Fd;
import jontainers.oci.Capabilities;
import jontainers.oci.Device;
import jontainers.oci.DeviceRule;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Namespace;
import jontainers.oci.Process;
import jontainers.oci.Resources;
import jontainers.oci.Root;
import jontainers.oci.Seccomp;
import jontainers.oci.Spec;
import jontainers.oci.User;
import jontainers.runtime.step.IdentityStep;
import jontainers.runtime.step.MountStep;
import jontainers.runtime.step.NamespaceKind;
import jontainers.runtime.step.Place;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;
import org.junit.jupiter.api.Test;

/// A specification and a host give the same steps each time, without root and without a host.
class ContainerPlanTest {
  private static final Host HOST =
      new Host(
          Arch.X86_64,
          40,
          0x1ffffffffffL,
          EnumSet.allOf(NamespaceKind.class),
          List.of(new CgroupHierarchy(2, Path.of("/sys/fs/cgroup"), Set.of())),
          Host.Users.MACHINE);

  private static final ContainerPlan.Files NO_FILES =
      new ContainerPlan.Files() {
        @Override
        public DanglingLinks.End followed(String root, String path) {
          return new DanglingLinks.End(path, true);
        }

        @Override
        public boolean isDirectory(String path) {
          return false;
        }

        @Override
        public Optional<String> node(Device device) {
          return Optional.of("/host" + device.path());
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

  private static final Seccomp ALLOW =
      new Seccomp("SCMP_ACT_ALLOW", null, List.of(), List.of(), null, null, List.of());

  @Test
  void the_steps_of_a_container_come_in_the_order_of_its_security() throws Exception {
    var steps = plan(spec(process().build(), linux().seccomp(ALLOW).build())).steps();

    assertThat(steps)
        .extracting(Step::summary)
        .containsExactly(
            "let nobody inside look into the proxy",
            "keep the container's descriptors and close all others",
            "take hold of the cgroup /sys/fs/cgroup/test/one",
            "begin a session without a terminal",
            "set the file mode mask to 00",
            "make the first process in new namespaces: mount, uts, ipc, pid, and in its cgroup",
            "join the network namespace",
            "begin a session without a terminal",
            "join a new session keyring",
            "let go of the cgroup's directory",
            "run on the processors of the cgroup",
            "make the own cgroup the root of all that is visible of cgroups",
            "cut the mounts off from the host's",
            "mount the root filesystem (overlay)",
            "stand in /state/merged",
            "make a filesystem of type proc",
            "make a place for the mount /proc",
            "mount proc on /proc",
            "make a place for the mount /sys/fs/cgroup",
            "mount cgroup2 on /sys/fs/cgroup",
            "take hold of /host/hosts",
            "make a place for the mount /etc/hosts",
            "show /host/hosts at /etc/hosts",
            "make sure that nothing covers /proc",
            "link /dev/fd to /proc/self/fd",
            "link /dev/stdin to /proc/self/fd/0",
            "link /dev/stdout to /proc/self/fd/1",
            "link /dev/stderr to /proc/self/fd/2",
            "link /dev/core to /proc/kcore",
            "link /dev/ptmx to pts/ptmx",
            "make /state/merged the root of all paths",
            "let go of the host's files",
            "set the host name box",
            "make a place for the mount /work",
            "take hold of the null device",
            "hide /proc/kcore",
            "make /proc/sys read-only",
            "make the root filesystem read-only",
            "set the file mode mask to 022",
            "go to /work",
            "leave only the standard streams open",
            "drop all other capabilities for good",
            "become user 7, group 8",
            "let nobody inside look into the proxy",
            "look for the program with the rights that it will have",
            "find sh",
            "keep the right to load a filter",
            "filter system calls",
            "keep only the container's capabilities",
            "become sh");
  }

  @Test
  void a_plan_is_a_value() throws Exception {
    var spec = spec(process().build(), linux().seccomp(ALLOW).build());

    assertThat(plan(spec).steps()).isEqualTo(plan(spec).steps());
  }

  @Test
  void with_no_new_privileges_the_filter_is_the_last_step_before_the_program() throws Exception {
    var spec = spec(process().noNewPrivileges().build(), linux().seccomp(ALLOW).build());

    var steps = plan(spec).steps();

    assertThat(steps.get(steps.size() - 2)).isInstanceOf(IdentityStep.LoadSeccomp.class);
    assertThat(steps.get(steps.size() - 3)).isEqualTo(new IdentityStep.NoNewPrivileges());
    assertThat(steps).noneMatch(s -> s.summary().equals("keep the right to load a filter"));
  }

  @Test
  void the_hosts_root_is_let_go_before_anything_is_looked_up_in_the_new_one() throws Exception {
    var steps = plan(spec(process().build(), linux().build())).steps();

    assertThat(steps.indexOf(new MountStep.DetachOldRoot()))
        .isEqualTo(steps.indexOf(new MountStep.EnterRoot("/state/merged")) + 1);
  }

  @Test
  void files_of_the_kernel_are_hidden_below_the_containers_own_mount() throws Exception {
    var steps = plan(spec(process().build(), linux().build())).steps();

    assertThat(steps)
        .contains(
            new MountStep.MaskPath(Place.below(0, "/proc", "/proc/kcore")),
            new MountStep.ReadonlyPath(Place.below(0, "/proc", "/proc/sys")));
  }

  @Test
  void a_program_is_looked_for_along_the_path_of_the_container() throws Exception {
    var process = process().env(List.of("PATH=/a:/b::/c")).build();

    assertThat(find(plan(spec(process, linux().build())).steps()).candidates())
        .containsExactly("/a/sh", "/b/sh", "./sh", "/c/sh");
  }

  @Test
  void nothing_is_given_that_the_caller_has_not_got() throws Exception {
    var poor =
        new Host(Arch.X86_64, 40, 1 << 5, HOST.namespaces(), HOST.cgroups(), Host.Users.MACHINE);

    var plan =
        ContainerPlan.of(launch(spec(process().build(), linux().build())), poor, false, NO_FILES);

    assertThat(plan.steps())
        .filteredOn(IdentityStep.SetCapabilities.class::isInstance)
        .extracting(s -> ((IdentityStep.SetCapabilities) s).permitted())
        .isNotEmpty()
        .containsOnly(1L << 5);
  }

  @Test
  void a_missing_kind_of_namespace_is_named_with_its_kernel_option() {
    var old =
        new Host(
            Arch.X86_64,
            40,
            -1,
            EnumSet.complementOf(EnumSet.of(NamespaceKind.TIME)),
            List.of(),
            Host.Users.MACHINE);
    var linux = Linux.draft(List.of(Namespace.of("mount"), Namespace.of("time"))).build();

    assertThatThrownBy(
            () -> ContainerPlan.of(launch(spec(process().build(), linux)), old, false, NO_FILES))
        .isInstanceOfSatisfying(
            StartException.class,
            e -> {
              assertThat(e).hasMessage("this kernel has no time namespaces");
              assertThat(e.hint()).contains("use a kernel that is built with CONFIG_TIME_NS");
            });
  }

  @Test
  void on_cgroup_version_1_each_hierarchy_is_mounted_and_devices_entered() throws Exception {
    var mixed =
        new Host(
            Arch.X86_64,
            40,
            -1,
            HOST.namespaces(),
            List.of(
                new CgroupHierarchy(1, Path.of("/cg/devices"), Set.of("devices")),
                new CgroupHierarchy(1, Path.of("/cg/cpu"), Set.of("cpu", "cpuacct")),
                new CgroupHierarchy(2, Path.of("/cg/unified"), Set.of())),
            Host.Users.MACHINE);

    var plan =
        ContainerPlan.of(launch(spec(process().build(), linux().build())), mixed, false, NO_FILES);

    assertThat(plan.cgroup().directories())
        .extracting(Cgroup.Directory::path)
        .containsExactly(Path.of("/cg/devices/test/one"));
    assertThat(plan.steps())
        .extracting(Step::summary)
        .contains(
            "mount cgroup on /sys/fs/cgroup/devices",
            "mount cgroup on /sys/fs/cgroup/cpu,cpuacct",
            "make /sys/fs/cgroup read-only");
  }

  @Test
  void in_a_user_namespace_without_a_cgroup_namespace_only_the_own_cgroup_is_shown()
      throws Exception {
    var nested =
        new Host(
            Arch.X86_64,
            40,
            -1,
            HOST.namespaces(),
            HOST.cgroups(),
            new Host.Users(true, true, List.of()));
    var linux =
        Linux.draft(List.of(Namespace.of("mount"), Namespace.of("pid")))
            .cgroupsPath("/test/one")
            .build();

    var plan = ContainerPlan.of(launch(spec(process().build(), linux)), nested, false, NO_FILES);

    assertThat(plan.steps())
        .extracting(Step::summary)
        .contains("show /sys/fs/cgroup/test/one at /sys/fs/cgroup")
        .doesNotContain("mount cgroup2 on /sys/fs/cgroup");
  }

  private static ProcessStep.FindProgram find(List<Step> steps) {
    return steps.stream()
        .filter(ProcessStep.FindProgram.class::isInstance)
        .map(ProcessStep.FindProgram.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static ContainerPlan plan(Spec spec) throws StartException {
    return ContainerPlan.of(launch(spec), HOST, false, NO_FILES);
  }

  private static Launch launch(Spec spec) {
    var none = Fd.owning(0, "not used");
    return new Launch(
        spec,
        List.of(new Mount("/state/merged", "overlay", "overlay", List.of("lowerdir=/l"))),
        new Launch.Streams(none, none, none),
        Optional.empty(),
        false,
        Set.of());
  }

  private static Spec spec(Process process, Linux linux) {
    return Spec.of(
        process,
        new Root("/state/merged", true),
        "box",
        List.of(
            new Mount("/proc", "proc", "proc", List.of("nosuid")),
            new Mount("/sys/fs/cgroup", "cgroup", "cgroup", List.of("ro")),
            new Mount("/etc/hosts", "bind", "/host/hosts", List.of("rbind", "rprivate"))),
        linux);
  }

  private static jontainers.oci.ProcessDraft process() {
    return Process.draft(List.of("sh"))
        .user(new User(7, 8, List.of()))
        .cwd("/work")
        .capabilities(Capabilities.of(List.of("CAP_KILL", "CAP_CHOWN")));
  }

  private static jontainers.oci.LinuxDraft linux() {
    return Linux.draft(
            List.of(
                Namespace.of("mount"),
                Namespace.of("uts"),
                Namespace.of("ipc"),
                Namespace.of("pid"),
                Namespace.of("cgroup"),
                new Namespace("network", "/proc/self/fd/9")))
        .cgroupsPath("/test/one")
        .resources(
            Resources.of(
                List.of(new DeviceRule(false, "a", null, null, "rwm")), null, null, null, null))
        .maskedPaths(List.of("/proc/kcore"))
        .readonlyPaths(List.of("/proc/sys"));
  }
}
