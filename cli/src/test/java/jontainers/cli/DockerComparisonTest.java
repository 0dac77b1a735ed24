package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import jontainers.testkit.ConformanceTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A container of ours looks from within like one of Docker's.
///
/// Debian's Docker is 20.10 of 2020, and what we follow is today's: where the two differ the test
/// says what Docker has changed since.
@ConformanceTest
class DockerComparisonTest {
  @TempDir static Path directory;
  private static Machine machine;
  private static Dockerd docker;

  @BeforeAll
  static void startDocker() throws IOException {
    for (String program : List.of("dockerd", "docker", "containerd", "runc", "gcc")) {
      assumeTrue(
          Arrays.stream(System.getenv("PATH").split(":"))
              .anyMatch(path -> Files.isExecutable(Path.of(path, program))),
          "no " + program + ": install docker.io and gcc");
    }
    machine = new Machine(directory.toRealPath());
    var rootfs = machine.busybox();
    var source = directory.resolve("probe.c");
    try (var text = DockerComparisonTest.class.getResourceAsStream("probe.c")) {
      Files.write(source, java.util.Objects.requireNonNull(text).readAllBytes());
    }
    machine.text(
        "gcc", "-O1", "-static", "-o", rootfs.resolve("bin/probe").toString(), source.toString());
    var saved = machine.run("--export", "saved.tar", "true");
    assertThat(saved.errors()).isEmpty();
    docker = Dockerd.open(machine, directory, machine.directory().resolve("saved.tar"));
  }

  @AfterAll
  @SuppressWarnings("NullAway") // when the start was skipped
  static void stopDocker() throws IOException {
    if (docker != null) {
      docker.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"root", "65534", "65534:7"})
  void capabilities_and_the_filter_are_the_same(String user) throws IOException {
    String[] words = {"-u", user, "grep", "-E", "^(Cap|Seccomp:|NoNewPrivs|Groups|Umask)"};

    same(words, "/proc/self/status");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id",
        "pwd; readlink /proc/self/cwd",
        "umask",
        "cat /proc/self/uid_map /proc/self/gid_map",
        "cat /proc/self/oom_score_adj",
        "cat /etc/resolv.conf",
        "ulimit -a | grep -v -- -n", // open files: see below
        "ls /proc/1/fd; true",
        "cd /proc; echo [0-9]*",
        "ip -o link | cut -d: -f2,3",
        "cat /proc/sys/kernel/domainname; dnsdomainname",
        "grep -c . /proc/self/cgroup",
      })
  void a_script_sees_the_same(String script) throws IOException {
    same(new String[] {"sh", "-c"}, script);
  }

  /// The soft limit was lowered to 1024 since.
  @Test
  void the_hard_limit_of_open_files_is_the_same() throws IOException {
    same(new String[] {"sh", "-c"}, "ulimit -Hn");
  }

  @Test
  void the_environment_is_the_same() throws IOException {
    UnaryOperator<String> comparable =
        text -> new TreeSet<>(text.replaceAll("[0-9a-f]{12}", "ID").lines().toList()).toString();

    assertThat(comparable.apply(machine.run("-e", "A=b", "env").out()))
        .isEqualTo(comparable.apply(docker.run("-e", "A=b", "env").out()));
  }

  @Test
  void the_parameters_of_its_network_are_the_same() throws IOException {
    same(
        new String[] {"sh", "-c"},
        "cd /proc/sys/net/ipv4; cat ip_unprivileged_port_start ping_group_range");
  }

  /// Docker writes `fe00::` today: the same address, shorter.
  @Test
  void the_hosts_file_is_the_same() throws IOException {
    assertThat(machine.run("cat", "/etc/hosts").out())
        .isEqualTo(docker.run("cat", "/etc/hosts").out().replace("::0\t", "::\t"));
  }

  /// Docker masks /proc/interrupts today, too.
  @Test
  void the_mounts_are_the_same() throws IOException {
    var ours = mounts(machine.run("cat", "/proc/self/mounts"));
    var dockers = mounts(docker.run("cat", "/proc/self/mounts"));

    // what hides a directory is a tmpfs that is read-only with both, and more than that with us
    assertThat(onlyIn(ours, dockers))
        .filteredOn(mount -> !mount.matches("/(proc/acpi|sys/firmware) tmpfs .*nosuid.*,ro"))
        .containsExactlyInAnyOrder(
            // nothing may be made in it: runc leaves it writable
            "/sys/fs/cgroup tmpfs mode=755,nodev,noexec,nosuid,relatime,ro",
            "/proc/interrupts tmpfs mode=755,nosuid,rw");
    assertThat(onlyIn(dockers, ours))
        .filteredOn(mount -> !mount.matches("/(proc/acpi|sys/firmware) tmpfs .*,ro"))
        .containsExactlyInAnyOrder(
            "/sys/fs/cgroup tmpfs mode=755,nodev,noexec,nosuid,relatime,rw",
            // a hierarchy without controllers, for systemd
            "/sys/fs/cgroup/systemd cgroup name=systemd,nodev,noexec,nosuid,relatime,ro");
  }

  /// runc makes /dev/core only where the kernel has /proc/kcore.
  @Test
  void the_devices_are_the_same() throws IOException {
    String script = "cd /dev; stat -c '%N %F %a %u %g %t:%T' * pts/* shm mqueue | grep -v ^.core";

    same(new String[] {"sh", "-c"}, script);
  }

  /// For a path below a file Docker says 125, since it does not know the error.
  @ParameterizedTest
  @CsvSource({
    "true",
    "false",
    "sh -c exit\t7",
    "sh -c sh\t-c\t'kill\t-9\t$$';exit\t$?",
    "sh -c kill\t-9\t$$",
    "nonesuch",
    "/nonesuch",
    "/etc",
    "/etc/passwd",
  })
  void a_program_ends_alike(String words) throws IOException {
    String[] command =
        Arrays.stream(words.split(" ")).map(w -> w.replace('\t', ' ')).toArray(String[]::new);

    var ours = machine.run(command);
    var dockers = docker.run(command);

    assertThat(ours.code()).isEqualTo(dockers.code());
    if (ours.code() >= 126 && !ours.errors().isEmpty()) {
      // Go says which call failed: "stat /nonesuch: no such file or directory"
      assertThat(dockers.errors().replaceAll("stat [^:]*: ", "")).contains(reason(ours.errors()));
    }
  }

  /// Which calls are refused: those whose numbers are listed have changed in the profile since.
  @ParameterizedTest
  @ValueSource(strings = {"root", "65534"})
  void the_same_system_calls_are_refused(String user) throws IOException {
    var ours = calls(machine.run("-u", user, "probe"));
    var dockers = calls(docker.run("-u", user, "probe"));

    var differing = new TreeMap<Integer, String>();
    ours.forEach((number, outcome) -> {
      String dockersOutcome = dockers.getOrDefault(number, "");
      if (!outcome.equals(dockersOutcome)) {
        differing.put(number, dockersOutcome + " then, " + outcome + " now");
      }
    });

    assertThat(ours).hasSizeGreaterThan(400);
    assertThat(differing.headMap(450))
        .isEqualTo(
            Map.of(
                303, "1 then, 22 now", // name_to_handle_at
                310, "1 then, 22 now", // process_vm_readv, since Linux 4.8 as ptrace
                311, "1 then, 22 now", // process_vm_writev
                329, "1 then, 22 now", // pkey_mprotect, pkey_alloc, pkey_free
                330, "1 then, 22 now",
                331, "1 then, 22 now",
                425, "14 then, 1 now", // io_uring_setup, io_uring_enter, io_uring_register
                426, "22 then, 1 now",
                427, "22 then, 1 now"));
    // Numbers that the old libseccomp does not know are refused as if the kernel had them not.
    assertThat(differing.tailMap(450).values()).allMatch(d -> d.startsWith("38 then, "));
  }

  private void same(String[] words, String last) throws IOException {
    String[] command = Arrays.copyOf(words, words.length + 1);
    command[words.length] = last;

    var ours = machine.run(command);
    var dockers = docker.run(command);

    assertThat(ours.out()).isNotEmpty().isEqualTo(dockers.out());
    assertThat(ours.code()).isEqualTo(dockers.code());
  }

  /// `jontainers: exec: "x": permission denied` without who says it and the hint.
  private static String reason(String errors) {
    return errors.lines().findFirst().orElse("").replaceFirst("^jontainers: ", "");
  }

  /// Target, type and options in order, without sizes and without the root, whose driver differs.
  private static Set<String> mounts(Machine.Outcome outcome) {
    var mounts = new TreeSet<String>();
    for (String line : outcome.lines()) {
      String[] words = line.split(" ");
      if (!words[1].equals("/")) {
        String options =
            Arrays.stream(words[3].split(","))
                .filter(o -> !o.startsWith("size=") && !o.startsWith("nr_inodes="))
                .sorted()
                .collect(Collectors.joining(","));
        mounts.add(words[1] + " " + words[2] + " " + options);
      }
    }
    return mounts;
  }

  private static Set<String> onlyIn(Set<String> these, Set<String> those) {
    var only = new TreeSet<>(these);
    only.removeAll(those);
    return only;
  }

  private static Map<Integer, String> calls(Machine.Outcome outcome) {
    var calls = new TreeMap<Integer, String>();
    for (String line : outcome.lines()) {
      int space = line.indexOf(' ');
      calls.put(Integer.parseInt(line.substring(0, space)), line.substring(space + 1));
    }
    return calls;
  }
}
