package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a container may not see, open or do.
@KernelTest
class ConfinementTest {
  /// CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW
  /// SYS_CHROOT MKNOD AUDIT_WRITE SETFCAP
  private static final String DOCKERS_14 = "00000000a80425fb";

  private static final String NONE = "0000000000000000";
  private static final List<String> MASKED =
      List.of(
          "/proc/acpi",
          "/proc/asound",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/sys/devices/virtual/powercap",
          "/sys/firmware");

  @RegisterExtension final Machine machine = new Machine();

  @Test
  @InVm
  void masked_paths_are_empty() throws IOException {
    var onHost = MASKED.stream().filter(path -> Files.exists(Path.of(path))).toList();
    assertThat(onHost).as("masked paths that this kernel has").isNotEmpty();

    var sizes =
        machine.shell(
            "for p in "
                + String.join(" ", onHost)
                + "; do if [ -d $p ]; then ls -A $p | wc -l; else cat $p | wc -c; fi; done");

    assertThat(sizes.lines()).hasSameSizeAs(onHost).containsOnly("0");
  }

  @ParameterizedTest
  @CsvSource({"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"})
  void kernel_settings_are_mounted_read_only(String path) throws IOException {
    var mounts = machine.shell("grep ' " + path + " ' /proc/self/mounts || true").lines();

    assertThat(mounts)
        .hasSize(Files.exists(Path.of(path)) ? 1 : 0)
        .allMatch(l -> l.contains(" ro,"));
  }

  @Test
  void a_kernel_setting_cannot_be_written() throws IOException {
    var written = machine.run("sh", "-c", "echo x > /proc/sys/kernel/domainname");

    assertThat(written.errors()).contains("Read-only file system");
    assertThat(written.code()).isNotZero();
  }

  @Test
  @InVm
  void nothing_in_sys_can_be_written() throws IOException {
    var made =
        machine.run(
            "sh",
            "-c",
            "for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do [ ! -d $d ] || mkdir $d/x; done");

    assertThat(made.errors().lines())
        .isNotEmpty()
        .allMatch(l -> l.contains("Read-only file system"));
    assertThat(machine.shell("grep ' /sys' /proc/self/mounts").lines())
        .allMatch(line -> line.contains(" ro,"));
  }

  @Test
  @InVm
  void dev_holds_dockers_devices_and_nothing_else() throws IOException {
    assertThat(machine.shell("cd /dev; stat -c '%F %a %t:%T %N' *").lines())
        .containsExactly(
            "symbolic link 777 0:0 'core' -> '/proc/kcore'",
            "symbolic link 777 0:0 'fd' -> '/proc/self/fd'",
            "character special file 666 1:7 full",
            "directory 1777 0:0 mqueue",
            "character special file 666 1:3 null",
            "symbolic link 777 0:0 'ptmx' -> 'pts/ptmx'",
            "directory 755 0:0 pts",
            "character special file 666 1:8 random",
            "directory 1777 0:0 shm",
            "symbolic link 777 0:0 'stderr' -> '/proc/self/fd/2'",
            "symbolic link 777 0:0 'stdin' -> '/proc/self/fd/0'",
            "symbolic link 777 0:0 'stdout' -> '/proc/self/fd/1'",
            "character special file 666 5:0 tty",
            "character special file 666 1:9 urandom",
            "character special file 666 1:5 zero");
  }

  @Test
  void the_devices_work() throws IOException {
    var read =
        machine.shell(
            "head -c 3 /dev/zero /dev/urandom | wc -c; echo x > /dev/null; cat /dev/null");

    assertThat(read.code()).isZero();
    assertThat(machine.run("sh", "-c", "echo x > /dev/full").errors()).contains("No space left");
  }

  /// Block device 7:0 is loop0; character devices 10:200 and 10:229 are tun and fuse.
  @ParameterizedTest
  @CsvSource({"b, 7, 0", "b, 254, 0", "c, 10, 200", "c, 10, 229", "c, 1, 11"})
  @InVm
  void other_devices_can_be_made_but_not_opened(String type, int major, int minor)
      throws IOException {
    var opened =
        machine.run(
            "sh", "-c", "mknod /tmp/d " + type + " " + major + " " + minor + " && cat < /tmp/d");

    assertThat(opened.errors()).contains("can't open /tmp/d: Operation not permitted");
    assertThat(opened.code()).isNotZero();
  }

  @Test
  void an_allowed_device_can_be_made_and_opened() throws IOException {
    assertThat(machine.shell("mknod /tmp/d c 1 5; head -c 2 /tmp/d | wc -c").out())
        .isEqualTo("2\n");
  }

  @Test
  @InVm
  void root_has_dockers_capabilities() throws IOException {
    assertThat(machine.shell("grep ^Cap /proc/self/status").lines())
        .containsExactly(
            "CapInh:\t" + NONE,
            "CapPrm:\t" + DOCKERS_14,
            "CapEff:\t" + DOCKERS_14,
            "CapBnd:\t" + DOCKERS_14,
            "CapAmb:\t" + NONE);
  }

  @Test
  void another_user_has_none_and_can_gain_no_more_than_root_has() throws IOException {
    assertThat(machine.run("-u", "65534", "grep", "^Cap", "/proc/self/status").lines())
        .containsExactly(
            "CapInh:\t" + NONE,
            "CapPrm:\t" + NONE,
            "CapEff:\t" + NONE,
            "CapBnd:\t" + DOCKERS_14,
            "CapAmb:\t" + NONE);
  }

  @Test
  @InVm
  void system_calls_are_filtered_and_privileges_can_be_gained() throws IOException {
    assertThat(machine.shell("grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status").lines())
        .containsExactly("NoNewPrivs:\t0", "Seccomp:\t2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unshare -U true                      | unshare(0x10000000): Operation not permitted",
        "unshare -m true                      | unshare(0x20000): Operation not permitted",
        "mount -t tmpfs tmpfs /tmp            | permission denied",
        "mount -o remount,rw /proc/sys        | permission denied",
        "umount /proc/sys                     | Operation not permitted",
        "chroot /tmp /missing                 | can't execute '/missing'",
        "date -s 2001-01-01                   | can't set date: Operation not permitted",
        "swapon /tmp                          | Operation not permitted",
        "reboot -f                            | Operation not permitted",
        "ip link add dummy0 type dummy        | Operation not permitted",
        "dmesg                                | Operation not permitted",
      })
  @InVm
  void what_only_the_host_may_do_is_refused(String command, String message) throws IOException {
    var refused = machine.run("sh", "-c", command);

    assertThat(refused.errors()).contains(message);
  }

  @Test
  void no_descriptor_but_the_three_streams_is_open() throws IOException {
    assertThat(machine.shell("ls /proc/1/fd; true").lines()).containsExactly("0", "1", "2");
  }

  @Test
  void the_working_directory_is_inside() throws IOException {
    assertThat(machine.run("readlink", "/proc/self/cwd").out()).isEqualTo("/\n");
    assertThat(machine.shell("cd ../../../..; pwd; ls -d fs; true").out()).isEqualTo("/\n");
  }

  /// CVE-2024-21626: a working directory through a descriptor of the host's.
  @ParameterizedTest
  @CsvSource({
    "/proc/self/fd/7, 127, no such file or directory",
    "/proc/self/fd/8/../.., 127, no such file or directory",
    "/proc/1/cwd, 126, too many levels of symbolic links",
    "/proc/self/root/../.., 126, too many levels of symbolic links",
  })
  void no_working_directory_leads_out(String path, int code, String reason) throws IOException {
    var outcome = machine.run("-w", path, "ls");

    assertThat(outcome.errors())
        .startsWith("jontainers: working directory \"" + path + "\": " + reason + "\n");
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.code()).isEqualTo(code);
  }

  @Test
  void the_image_host_hides_the_engines_state() throws IOException {
    String state = machine.root().toString();
    var listed =
        machine.jontainers(
            "run", "--rm", "--network", "none", "host", "sh", "-c", "ls -A " + state + " | wc -l");

    assertThat(listed.out()).isEqualTo("0\n");
    assertThat(Machine.names(machine.root())).isNotEmpty();
  }
}
