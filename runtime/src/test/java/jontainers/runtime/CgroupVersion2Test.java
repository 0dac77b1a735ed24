package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jontainers.linux.Fd;
import jontainers.linux.Pipe;
import jontainers.linux.proxy.Zygotes;
import jontainers.oci.Capabilities;
import jontainers.oci.Device;
import jontainers.oci.DeviceRule;
import jontainers.oci.Linux;
import jontainers.oci.Mount;
import jontainers.oci.Namespace;
import jontainers.oci.Process;
import jontainers.oci.Resources;
import jontainers.oci.Root;
import jontainers.oci.Spec;
import jontainers.runtime.step.CgroupStep;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A container on cgroup version 2, also on a machine that has version 1 beside it: the host is
/// told to have version 2 alone.
@KernelTest
@InVm
class CgroupVersion2Test {
  @TempDir Path directory;

  @Test
  void a_container_lives_in_one_cgroup_and_sees_it_as_the_root() throws Exception {
    var host = version2();

    String output = run(host, "cat /proc/self/cgroup; ls /sys/fs/cgroup/cgroup.procs");

    assertThat(output.lines()).contains("0::/", "/sys/fs/cgroup/cgroup.procs");
    assertThat(host.cgroups().getFirst().mountPoint().resolve("jontainers-test/one"))
        .doesNotExist();
  }

  /// It is born there: no step moves it, and no directory of the host stays open.
  @Test
  void its_first_process_is_made_in_its_cgroup() throws Exception {
    var host = version2();
    var rootfs = busybox();
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDWR)) {
      var launch = launch(spec(rootfs, "true"), none, none);
      var plan = ContainerPlan.of(launch, host, false, new HostNodes());

      assertThat(plan.cloning().calls().calls().getFirst().toString())
          .contains("CLONE_INTO_CGROUP");
      assertThat(plan.steps()).noneMatch(CgroupStep.JoinCgroups.class::isInstance);
    }
    assertThat(run(host, "ls /proc/1/fd; true").lines()).containsExactly("0", "1", "2");
  }

  @Test
  void devices_that_are_not_allowed_cannot_be_opened() throws Exception {
    String output =
        run(
            version2(),
            "echo x > /dev/null && echo null;"
                + " head -c 1 /dev/zero | wc -c;"
                + " mknod /tmp/mem c 1 1 && echo made;"
                + " cat /tmp/mem 2>&1 | head -1");

    assertThat(output.lines())
        .containsExactly(
            "null", "1", "made", "cat: can't open '/tmp/mem': Operation not permitted");
  }

  private static Host version2() throws IOException {
    var host = Host.probe();
    var second = host.cgroups().stream().filter(c -> c.version() == 2).toList();
    assumeTrue(!second.isEmpty(), "no cgroup2 is mounted on this machine");
    return new Host(
        host.arch(),
        host.lastCapability(),
        host.permittedCapabilities(),
        host.namespaces(),
        second,
        host.users());
  }

  private String run(Host host, String script) throws Exception {
    var rootfs = busybox();
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY);
        var pipe = Pipe.open("output")) {
      var launch = launch(spec(rootfs, script), none, pipe.writeEnd());
      try (var zygotes = new Zygotes();
          var container = PreparedContainer.of(launch, host).start(zygotes)) {
        pipe.writeEnd().close();
        byte[] output = pipe.readEnd().inputStream().readAllBytes();
        assertThat(container.waitFor().shellCode()).isZero();
        return new String(output, StandardCharsets.UTF_8);
      } finally {
        Files.deleteIfExists(host.cgroups().getFirst().mountPoint().resolve("jontainers-test"));
      }
    }
  }

  private static Launch launch(Spec spec, Fd input, Fd output) {
    return new Launch(
        spec,
        List.of(),
        new Launch.Streams(input, output, output),
        Optional.empty(),
        false,
        Set.of());
  }

  private static Spec spec(Path rootfs, String script) {
    return Spec.of(
        Process.draft(List.of("/bin/sh", "-c", script))
            .env(List.of("PATH=/bin"))
            .capabilities(Capabilities.of(List.of("CAP_MKNOD", "CAP_DAC_OVERRIDE")))
            .build(),
        new Root(rootfs.toString(), false),
        null,
        List.of(
            new Mount("/proc", "proc", "proc", List.of()),
            new Mount("/dev", "tmpfs", "tmpfs", List.of("mode=755")),
            new Mount("/sys", "sysfs", "sysfs", List.of("ro")),
            new Mount("/sys/fs/cgroup", "cgroup", "cgroup", List.of("ro"))),
        Linux.draft(
                List.of(
                    Namespace.of("mount"),
                    Namespace.of("pid"),
                    Namespace.of("network"),
                    Namespace.of("cgroup")))
            .cgroupsPath("/jontainers-test/one")
            .devices(
                List.of(
                    new Device("/dev/null", "c", 1, 3, null, null, null),
                    new Device("/dev/zero", "c", 1, 5, null, null, null)))
            .resources(
                Resources.of(
                    List.of(
                        new DeviceRule(false, "a", null, null, "rwm"),
                        new DeviceRule(true, "c", null, null, "m"),
                        new DeviceRule(true, "c", 1L, 3L, "rwm"),
                        new DeviceRule(true, "c", 1L, 5L, "rwm")),
                    null,
                    null,
                    null,
                    null))
            .build());
  }

  private Path busybox() throws IOException {
    var rootfs = directory.resolve("rootfs");
    if (Files.exists(rootfs)) {
      return rootfs;
    }
    for (String name : List.of("bin", "tmp", "proc", "sys", "dev")) {
      Files.createDirectories(rootfs.resolve(name));
    }
    var busybox = Path.of("/bin/busybox");
    assumeTrue(Files.isExecutable(busybox), "no static busybox: install busybox-static");
    Files.copy(busybox, rootfs.resolve("bin/busybox"));
    for (String applet : List.of("sh", "cat", "ls", "head", "wc", "mknod", "echo")) {
      Files.createSymbolicLink(rootfs.resolve("bin").resolve(applet), Path.of("busybox"));
    }
    return rootfs;
  }
}
