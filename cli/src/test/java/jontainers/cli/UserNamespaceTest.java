package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// With `--userns` root of a container is an ordinary user of the host, and its files are mapped.
@KernelTest
@InVm
class UserNamespaceTest {
  private static final String MAP = "0:300000:65536";

  @RegisterExtension final Machine machine = new Machine();

  private Machine.Outcome run(String script) throws IOException {
    return machine.run("--userns", MAP, "sh", "-c", script);
  }

  @Test
  void root_inside_is_nobody_outside() throws IOException {
    try (var run =
        machine.begin("--userns", MAP, "-i", "sh", "-c", "id -u; cat /proc/self/uid_map; read x")) {
      assertThat(run.line()).isEqualTo("0");
      assertThat(run.line().strip().split(" +")).containsExactly("0", "300000", "65536");

      var inside =
          machine.processes().stream().filter(p -> status(p, "Uid:").contains("300000")).toList();
      assertThat(inside).hasSize(1);
      assertThat(status(inside.getFirst(), "Uid:").split("\t"))
          .containsExactly("Uid:", "300000", "300000", "300000", "300000");
      assertThat(status(inside.getFirst(), "Gid:")).contains("300000");
      run.type("");
      assertThat(run.end()).isZero();
    }
  }

  private static String status(ProcessHandle process, String key) {
    try {
      return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
          .filter(line -> line.startsWith(key))
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void files_have_the_owners_that_they_have_on_the_disk_and_none_is_changed() throws IOException {
    var file = machine.rootfs().resolve("tmp/of-five");
    Files.writeString(file, "five");
    machine.text("chown", "5:6", file.toString());

    var run =
        machine.run(
            "--userns",
            MAP,
            "--export",
            "out.tar",
            "sh",
            "-c",
            "stat -c '%u:%g %n' / /bin/busybox /tmp/of-five; echo new > /tmp/new;"
                + " chown 7:8 /tmp/new; echo more >> /tmp/of-five; chmod 4755 /tmp/new");

    assertThat(run.errors()).isEmpty();
    assertThat(run.lines()).containsExactly("0:0 /", "0:0 /bin/busybox", "5:6 /tmp/of-five");
    assertThat(machine.text("stat", "-c", "%u:%g", file.toString())).isEqualTo("5:6");
    assertThat(Files.readString(file)).isEqualTo("five");
    assertThat(
            machine.text("tar", "--numeric-owner", "-tvf", "out.tar", "./tmp/new", "./tmp/of-five"))
        .contains("-rwsr-xr-x 7/8")
        .contains("-rw-r--r-- 5/6");
  }

  @Test
  void it_has_all_that_another_container_has() throws IOException {
    var run =
        run(
            "head -c1 /dev/zero | wc -c; echo x > /dev/null; ls /dev/pts/ptmx; cat /etc/hostname"
                + " | wc -c; stat -c %u /etc/hosts; ip -o link | cut -d: -f2; grep CapEff"
                + " /proc/self/status; ls /proc/1/ns | wc -l; sysctl -n"
                + " net.ipv4.ip_forward; mkdir /dev/shm/x && echo made; cat /proc/keys | wc -c");

    assertThat(run.errors()).isEmpty();
    assertThat(run.lines())
        .contains("1", "/dev/pts/ptmx", "13", "0", " lo", "CapEff:\t00000000a80425fb", "made");
  }

  /// The groups that may ping are numbers that are not there.
  @Test
  void anybody_listens_on_every_port() throws IOException {
    var run =
        run(
            "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range");

    assertThat(run.errors()).isEmpty();
    assertThat(run.lines().getFirst()).isEqualTo("0");
    assertThat(run.lines().getLast()).doesNotContain("2147483647");
  }

  @Test
  void root_may_do_nothing_to_the_host() throws IOException {
    var secret = machine.directory().resolve("secret");
    Files.writeString(secret, "of the host's root");
    Files.setPosixFilePermissions(
        secret, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));

    var run =
        machine.run(
            "--userns",
            MAP,
            "-v",
            secret + ":/secret",
            "--cap-add",
            "ALL",
            "--security-opt",
            "seccomp=unconfined",
            "sh",
            "-c",
            "stat -c %u /secret; cat /secret; mknod /tmp/sda b 8 0; mount -t tmpfs x /tmp && echo"
                + " mounted; echo 1 > /proc/sys/kernel/panic; chown 1 /secret; echo b >"
                + " /proc/sysrq-trigger; hostname other && hostname");

    assertThat(run.lines()).containsExactly("65534", "mounted", "other");
    assertThat(run.errors())
        .contains("can't open '/secret': Permission denied")
        .contains("mknod: /tmp/sda: Operation not permitted")
        .contains("can't create /proc/sys/kernel/panic")
        .contains("chown: /secret: ");
    assertThat(machine.text("stat", "-c", "%u", secret.toString())).isEqualTo("0");
  }

  @ParameterizedTest
  @CsvSource({"-v, SRC:/data:idmap", "--mount, 'type=bind,source=SRC,target=/data,idmap'"})
  void a_bind_can_show_the_same_owners(String option, String words) throws IOException {
    var data = Files.createDirectory(machine.directory().resolve("data"));
    Files.writeString(data.resolve("file"), "x");

    var run =
        machine.run(
            "--userns",
            MAP,
            option,
            words.replace("SRC", data.toString()),
            "sh",
            "-c",
            "stat -c %u /data/file; echo y > /data/made; chown 9 /data/made");

    assertThat(run.errors()).isEmpty();
    assertThat(run.lines()).containsExactly("0");
    assertThat(machine.text("stat", "-c", "%u", data.resolve("made").toString())).isEqualTo("9");
  }

  @Test
  void the_network_belongs_to_its_root() throws IOException {
    var run =
        machine.jontainers(
            "run",
            "--rm",
            "--userns",
            MAP,
            "--cap-add",
            "NET_ADMIN",
            "--rootfs",
            "fs/orig",
            "sh",
            "-c",
            "ping -c1 -w5 172.19.80.1 | grep -c 'bytes from'; ip link add v type dummy 2>&1;"
                + " ip link set lo down && echo down");

    assertThat(run.errors()).isEmpty();
    assertThat(run.lines()).startsWith("1").endsWith("down");
  }

  @Test
  void auto_chooses_ids_and_host_chooses_none() throws IOException {
    assertThat(
            machine.run("--userns", "auto", "cat", "/proc/self/uid_map").out().strip().split(" +"))
        .startsWith("0")
        .doesNotContain("4294967295");
    assertThat(machine.run("--userns", "host", "cat", "/proc/self/uid_map").out())
        .contains("4294967295");
  }

  @Test
  void users_and_limits_are_as_without() throws IOException {
    var run =
        machine.run(
            "--userns",
            MAP,
            "--init",
            "--ulimit",
            "nofile=300:400",
            "--oom-score-adj",
            "300",
            "-u",
            "12:34",
            "sh",
            "-c",
            "id; ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj; echo $$");

    assertThat(run.errors()).isEmpty();
    assertThat(run.lines()).containsExactly("uid=12 gid=34 groups=34", "300", "400", "300", "2");
  }

  @Test
  void several_ranges_can_be_mapped() throws IOException {
    var run = machine.run("--userns", "0:400000:10,10:500000:10", "cat", "/proc/self/gid_map");

    assertThat(run.lines().stream().map(l -> l.strip().replaceAll(" +", " ")))
        .containsExactly("0 400000 10", "10 500000 10");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--userns 5           | invalid user namespace: \"5\"",
        "--userns 1:300000:9  | the user namespace has no user 0",
        "--userns 0:1:9,5:7:9 | ranges of user ids overlap",
        "--userns 0:1:0       | no range of ids: 0:1:0",
        "--userns auto --privileged | privileged mode is incompatible with user namespaces",
        "--userns auto --pid host | the host's PID namespace cannot be shared",
        "--userns auto --ipc host | the host's IPC namespace cannot be shared",
        "-v /tmp:/x:idmap | idmap of /x needs a user namespace (--userns)",
      })
  void what_cannot_be_is_refused(String options, String error) throws IOException {
    var words = Stream.concat(Stream.of(options.strip().split(" +")), Stream.of("true"));

    var run = machine.run(words.toArray(String[]::new));

    assertThat(run.code()).isEqualTo(125);
    assertThat(run.errors()).contains(error);
  }

  @Test
  void the_story_tells_of_it() throws IOException {
    var story =
        machine.jontainers(
            "run", "--explain", "--dry-run", "--userns", MAP, "--rootfs", "fs/orig", "true");

    assertThat(story.code()).isZero();
    assertThat(story.out())
        .contains("oin the user namespace")
        .contains("ecome root of the user namespace")
        .contains("MOUNT_ATTR_IDMAP");
  }
}
