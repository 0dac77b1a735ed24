package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a container may do more or less than Docker's defaults, and what it shares with the host.
@KernelTest
class SecurityOptionsTest {
  @RegisterExtension final Machine machine = new Machine();

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--cap-drop ALL;0000000000000000",
        "--cap-drop ALL --cap-add NET_RAW;0000000000002000",
        "--cap-drop all --cap-add CAP_CHOWN --cap-add kill;0000000000000021",
        "--cap-add NET_ADMIN;00000000a80435fb",
        "--cap-drop MKNOD;00000000a00425fb",
      })
  void capabilities_are_added_and_dropped(String options, String expected) throws IOException {
    assertThat(machine.jontainers(words(options, "grep", "CapEff", "/proc/self/status")).out())
        .isEqualTo("CapEff:\t" + expected + "\n");
  }

  @Test
  void a_privileged_container_may_mount_and_sees_devices_and_kernel_parameters()
      throws IOException {
    var run =
        machine.run(
            "--privileged",
            "sh",
            "-c",
            "mount -t tmpfs x /tmp && echo mounted; grep Seccomp: /proc/self/status;"
                + " test -c /dev/kmsg && echo kmsg; grep -q ' /proc/sys ' /proc/mounts || echo open");

    assertThat(run.lines()).containsExactly("mounted", "Seccomp:\t0", "kmsg", "open");
  }

  @Test
  void new_privileges_are_gained_unless_that_is_forbidden() throws IOException {
    String[] show = {"grep", "NoNewPrivs", "/proc/self/status"};

    assertThat(machine.run(show).out()).isEqualTo("NoNewPrivs:\t0\n");
    assertThat(machine.jontainers(words("--security-opt no-new-privileges", show)).out())
        .isEqualTo("NoNewPrivs:\t1\n");
  }

  @Test
  void a_filter_of_the_users_own_decides() throws IOException {
    Files.writeString(
        machine.directory().resolve("filter.json"),
        """
        {"defaultAction": "SCMP_ACT_ALLOW",
         "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
        """);

    assertThat(machine.run("--security-opt", "seccomp=filter.json", "mkdir", "/tmp/x").errors())
        .contains("Operation not permitted");
    assertThat(machine.run("--security-opt", "seccomp=none.json", "true").errors())
        .contains("cannot read the seccomp profile");
    Files.writeString(machine.directory().resolve("filter.json"), "{");
    assertThat(machine.run("--security-opt", "seccomp=filter.json", "true").errors())
        .contains("is not one");
  }

  @Test
  void a_device_is_given_with_its_rights() throws IOException {
    var run =
        machine.run(
            "--device",
            "/dev/full:/dev/mine:r",
            "sh",
            "-c",
            "stat -c %t:%T /dev/mine; echo x > /dev/mine || echo refused; head -c 1 /dev/mine | wc -c");

    assertThat(run.lines()).containsExactly("1:7", "refused", "1");
    assertThat(machine.run("--device", "/etc/passwd", "true").errors()).contains("not a device");
    assertThat(machine.run("--device", "/dev/none", "true").errors()).contains("no such device");
  }

  @Test
  void what_is_shared_with_the_host_is_the_hosts() throws IOException {
    String own =
        machine.text("sh", "-c", "for n in uts ipc cgroup; do readlink /proc/self/ns/$n; done");

    assertThat(
            machine
                .run(
                    "--uts",
                    "host",
                    "--ipc",
                    "host",
                    "--cgroupns",
                    "host",
                    "sh",
                    "-c",
                    "for n in uts ipc cgroup; do readlink /proc/self/ns/$n; done")
                .out()
                .strip())
        .isEqualTo(own);
    long host = ProcessHandle.current().pid();
    assertThat(machine.run("--pid", "host", "test", "-d", "/proc/" + host).code()).isZero();
    assertThat(machine.run("test", "-d", "/proc/" + host).code()).isEqualTo(1);
    assertThat(machine.run("--ipc", "none", "test", "-d", "/dev/shm").code()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--cap-add FLY;unknown capability",
        "--security-opt foo;invalid --security-opt",
        "--security-opt apparmor=x;AppArmor",
        "--security-opt label=type:x;SELinux",
        "--pid container:x;invalid mode for --pid",
        "--ipc container:x;invalid IPC mode",
        "--uts host --hostname x;conflicting options",
        "--ip 172.19.80.9;needs the network bridge",
        "--stop-signal NONE;no such signal",
        "--add-host x;invalid host entry",
        "--dns example.org;invalid name server",
        "--without load-seccomp;--insecure-lesson",
      })
  void what_cannot_be_meant_is_refused(String options, String message) throws IOException {
    var run = machine.jontainers(words(options, "true"));

    assertThat(run.code()).isEqualTo(125);
    assertThat(run.errors()).contains(message);
  }

  private static String[] words(String options, String... command) {
    return Machine.runWords(
        java.util.stream.Stream.concat(
                java.util.Arrays.stream(options.split(" ")), java.util.Arrays.stream(command))
            .toArray(String[]::new));
  }
}
