package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.ConformanceTest;

/// config-linux.md, Devices, Default Devices, Allowed Device list.
@ConformanceTest
class DevicesTest {
  /// A device that opening needs no capability for, and that no runtime allows by itself.
  private static final int LOOP_CONTROL_MAJOR = 10;

  private static final int LOOP_CONTROL_MINOR = 237;

  /// config-linux#default-devices: null, zero, full, random, urandom, tty, ptmx
  @OnEachRuntime
  void the_default_devices_are_supplied(Container container) {
    assertThat(
            container.shell("cd /dev; stat -c '%n %F %t:%T %a' null zero full random urandom tty"))
        .isEqualTo(
            """
            null character special file 1:3 666
            zero character special file 1:5 666
            full character special file 1:7 666
            random character special file 1:8 666
            urandom character special file 1:9 666
            tty character special file 5:0 666\
            """);
  }

  /// config-linux#default-devices: /dev/ptmx is pts/ptmx
  @OnEachRuntime
  void ptmx_is_the_one_of_the_containers_devpts(Container container) {
    assertThat(container.shell("readlink /dev/ptmx | sed s,^/dev/,,; stat -c %t:%T -L /dev/ptmx"))
        .isEqualTo("pts/ptmx\n5:2");
  }

  /// runtime-linux#dev-symbolic-links: fd, stdin, stdout, stderr
  @OnEachRuntime
  void the_links_in_dev_are_made(Container container) {
    assertThat(
            container.shell(
                "cd /dev; readlink fd stdin stdout stderr; for l in fd stdin stdout stderr; do readlink $l; done"))
        .endsWith("/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2");
  }

  /// config-linux#devices: type, path, major, minor, fileMode, uid, gid
  @OnEachRuntime
  void a_device_is_made_as_given(Container container) {
    container
        .add(
            "linux.devices",
            Json.object(
                "path", "/dev/dir/mine",
                "type", "c",
                "major", 1,
                "minor", 5,
                "fileMode", 0644,
                "uid", 7,
                "gid", 8))
        .add("linux.devices", Json.object("path", "/dev/pipe", "type", "p"))
        .add("linux.resources.devices", allow("c", 1, 5, "rwm"));

    assertThat(
            container.shell(
                "stat -c '%n %F %t:%T %a %u:%g' /dev/dir/mine; stat -c %F /dev/pipe;"
                    + " head -c 3 /dev/dir/mine | wc -c"))
        .isEqualTo("/dev/dir/mine character special file 1:5 644 7:8\nfifo\n3");
  }

  /// config-linux#devices: a file that is something else at the path is an error, or replaced
  @OnEachRuntime
  void a_device_of_the_same_number_may_be_there_already(Container container) {
    container
        .add(
            "linux.devices",
            Json.object("path", "/dev/null", "type", "c", "major", 1, "minor", 3, "fileMode", 0666))
        .add("linux.resources.devices", allow("c", 1, 3, "rwm"));

    assertThat(container.shell("stat -c '%t:%T %a' /dev/null")).isEqualTo("1:3 666");
  }

  /// config-linux#allowed-device-list: what is not allowed cannot be opened
  @OnEachRuntime
  void a_device_that_is_not_allowed_is_refused(Container container) throws IOException {
    node(container, "zero", 1, 5);
    node(container, "loops", LOOP_CONTROL_MAJOR, LOOP_CONTROL_MINOR);

    assertThat(container.script("head -c 2 /zero | wc -c; cat /loops").run())
        .satisfies(run -> assertThat(run.out()).isEqualTo("2\n"))
        .satisfies(
            run -> assertThat(run.errors()).containsPattern("/loops'?: Operation not permitted"));
  }

  /// config-linux#allowed-device-list: type, major, minor and access, in the order given
  @OnEachRuntime
  void later_rules_override_earlier_ones(Container container) throws IOException {
    node(container, "loops", LOOP_CONTROL_MAJOR, LOOP_CONTROL_MINOR);
    container.set(
        "linux.resources.devices",
        List.of(
            Json.object("allow", false, "access", "rwm"),
            allow("c", LOOP_CONTROL_MAJOR, LOOP_CONTROL_MINOR, "r")));

    var run = container.script("exec 3</loops && echo readable; exec 4>/loops").run();

    assertThat(run.out()).isEqualTo("readable\n");
    assertThat(run.errors()).containsPattern("/loops'?: Operation not permitted");
  }

  @OnEachRuntime
  void a_wildcard_allows_every_minor_number(Container container) throws IOException {
    node(container, "loops", LOOP_CONTROL_MAJOR, LOOP_CONTROL_MINOR);
    container.add(
        "linux.resources.devices",
        Json.object("allow", true, "type", "c", "major", LOOP_CONTROL_MAJOR, "access", "rw"));

    assertThat(container.shell("exec 3<>/loops && echo opened")).isEqualTo("opened");
  }

  private static Object allow(String type, int major, int minor, String access) {
    return Json.object(
        "allow", true, "type", type, "major", major, "minor", minor, "access", access);
  }

  private static void node(Container container, String name, int major, int minor)
      throws IOException {
    assumeTrue(
        Files.readString(Path.of("/proc/misc")).contains("loop-control"),
        "this kernel has no loop-control, which every root may open");
    Command.of(
            "mknod",
            container.rootfs().resolve(name).toString(),
            "c",
            Integer.toString(major),
            Integer.toString(minor))
        .run()
        .succeeded();
  }
}
