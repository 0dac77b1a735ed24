package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import jontainers.testkit.ConformanceTest;

/// What was done to runc and crun: each test attacks as the CVE of its name did, and must fail.
@ConformanceTest
class AttackTest {
  private static final Path CORE_PATTERN = Path.of("/proc/sys/kernel/core_pattern");

  /// CVE-2024-21626, CVE-2016-9962: a working directory that is a descriptor of the runtime
  @OnEachRuntime
  void no_descriptor_of_the_runtime_is_a_way_out(Containers containers) throws IOException {
    var secret = Files.writeString(containers.directory().resolve("secret"), "secret");
    String script = "cat ../../../../../../../.." + secret + "; cat " + secret + "; pwd";
    for (int fd = 3; fd < 25; fd++) {
      var container = containers.another().set("process.cwd", "/proc/self/fd/" + fd).script(script);

      var run = container.running().under("exec 9</ 10</run").run();

      assertThat(run.out())
          .as("descriptor " + fd)
          .doesNotContain("secret\n")
          .doesNotContain("secretsecret")
          .doesNotStartWith("secret");
      assertThat(container.rootfs().resolve("proc/self")).doesNotExist();
    }
  }

  /// CVE-2024-21626: the same with exec
  @OnEachRuntime
  void no_descriptor_of_exec_is_a_way_out(Container container) throws IOException {
    var secret = Files.writeString(container.bundle().resolve("secret"), "secret");
    container.up();
    for (int fd = 3; fd < 25; fd++) {
      var exec =
          container
              .executing(
                  List.of("--cwd", "/proc/self/fd/" + fd),
                  "cat",
                  "../../../../../../../.." + secret)
              .under("exec 9</ 10</run")
              .run();

      assertThat(exec.out()).as("descriptor " + fd).isEmpty();
      assertThat(exec.code()).isNotZero();
    }
  }

  /// CVE-2024-21626: the image makes the directory a link
  @OnEachRuntime(differs = "crun 1.8: lets it happen")
  void a_link_to_a_descriptor_is_no_working_directory(Containers containers) throws IOException {
    var secret = Files.writeString(containers.directory().resolve("secret"), "secret");
    for (int fd = 3; fd < 12; fd++) {
      var container =
          containers
              .another()
              .set("process.cwd", "/link")
              .args("cat", "../../../../../../../.." + secret);
      Files.createSymbolicLink(container.rootfs().resolve("link"), Path.of("/proc/self/fd/" + fd));

      assertThat(container.running().under("exec 9</").run().out()).isEmpty();
    }
  }

  /// CVE-2019-5736: the program of the container is the runtime itself
  @OnEachRuntime
  void the_runtime_is_not_overwritten(Container container) throws IOException {
    var executable = container.subject().executable().orElseThrow();
    byte[] before = Files.readAllBytes(executable);
    Files.writeString(
        container.rootfs().resolve("bin/evil"), "#!/proc/self/exe\necho overwritten\n");
    assertThat(container.rootfs().resolve("bin/evil").toFile().setExecutable(true)).isTrue();
    container
        .script(
            "echo ready; while :; do for p in /proc/[0-9]*; do"
                + " case $p in /proc/1|/proc/$$) ;; *) (echo x >>$p/exe) 2>/dev/null && echo OVERWRITTEN $p $(readlink $p/exe);;"
                + " esac; done; done")
        .create()
        .start()
        .await("ready");

    for (int i = 0; i < 10; i++) {
      var evil = container.exec("/bin/evil");
      assertThat(evil.out()).doesNotContain("overwritten");
      var itself = container.exec("/proc/self/exe");
      assertThat(itself.out()).doesNotContain("version");
    }

    assertThat(Files.readAllBytes(executable)).isEqualTo(before);
    assertThat(container.output().lines().filter(line -> line.startsWith("OVERWRITTEN")))
        .allMatch(line -> line.endsWith("/bin/busybox"));
  }

  /// CVE-2019-16884, CVE-2019-19921, CVE-2023-27561, CVE-2023-28642: /proc or /sys of the image is
  /// a link, so that masks would be laid elsewhere
  @OnEachRuntime
  void proc_and_sys_are_no_links(Containers containers) throws IOException {
    for (String name : List.of("proc", "sys")) {
      var container = containers.another();
      Files.createDirectories(container.rootfs().resolve("elsewhere"));
      Files.delete(container.rootfs().resolve(name));
      Files.createSymbolicLink(container.rootfs().resolve(name), Path.of("/elsewhere"));

      var run =
          container
              .script(
                  "cat /proc/timer_list; ls /sys/firmware; echo 1 >/proc/sys/vm/swappiness && echo written")
              .run();

      assertThat(run.code()).as(name).isEqualTo(1);
      assertThat(run.out()).as(name).isEmpty();
    }
  }

  /// oci-cli: the text of that error
  @OnEachRuntime(differs = "crun 1.8, 1.28: \"Not a directory\"")
  void the_error_for_a_linked_proc_is_runcs(Container container) throws IOException {
    Files.delete(container.rootfs().resolve("proc"));
    Files.createSymbolicLink(container.rootfs().resolve("proc"), Path.of("/tmp"));

    assertThat(container.script("true").run().errors())
        .contains("must be mounted on ordinary directory");
  }

  /// CVE-2026-41579: /dev of the image is a link
  @OnEachRuntime(differs = "runc 1.1: lets it happen")
  void a_linked_dev_stays_inside(Containers containers) throws IOException {
    var host = Files.createDirectory(containers.directory().resolve("host"));
    for (String target :
        List.of(host.toString(), "../../../../../../../.." + host, "/proc/self/fd/7")) {
      var container = containers.another().script("echo ran");
      Files.delete(container.rootfs().resolve("dev"));
      Files.createSymbolicLink(container.rootfs().resolve("dev"), Path.of(target));

      assertThat(container.run().out()).isIn("", "ran\n");

      try (var made = Files.list(host)) {
        assertThat(made).as(target).isEmpty();
      }
    }
  }

  /// CVE-2025-31133: the image has another /dev/null, which would be laid over what is to be masked
  @OnEachRuntime
  void a_mask_is_no_file_of_the_image(Containers containers) throws IOException {
    for (Path target : List.of(Path.of("/etc/group"), CORE_PATTERN)) {
      var container = containers.another();
      container
          .config()
          .objects("mounts")
          .removeIf(m -> String.valueOf(m.get("destination")).startsWith("/dev"));
      Files.createSymbolicLink(container.rootfs().resolve("dev/null"), target);

      var run =
          container.script("cat /proc/timer_list; grep timer_list /proc/self/mountinfo").run();

      assertThat(run.out())
          .doesNotContain("root:x")
          .doesNotContain("core_pattern")
          .doesNotContain("core");
    }
  }

  /// CVE-2025-52565: /dev/console of the image is a link, over which the terminal would be laid
  @OnEachRuntime(differs = {"runc 1.1: lets it happen", "crun 1.8: lets it happen"})
  void a_console_is_not_laid_over_another_file(Containers containers) throws IOException {
    var container = containers.another();
    container.config().objects("mounts").removeIf(m -> "/dev".equals(m.get("destination")));
    Files.createDirectories(container.rootfs().resolve("dev/pts"));
    Files.createSymbolicLink(container.rootfs().resolve("dev/console"), CORE_PATTERN);
    container
        .config()
        .objects("mounts")
        .removeIf(m -> List.of("/dev/shm", "/dev/mqueue").contains(m.get("destination")));
    try (var console = Console.listen(container.bundle())) {
      container
          .set("process.terminal", true)
          .script("grep core_pattern /proc/self/mountinfo; echo end");

      var created = container.tryCreate("--console-socket", console.socket());
      if (created.code() == 0) {
        container.start();
        assertThat(console.all()).doesNotContain("core_pattern").contains("end");
      }
    }
  }

  /// CVE-2025-52881: what the runtime writes to procfs lands in a file of the image instead
  @OnEachRuntime(differs = "runc 1.1: writes to any file")
  void parameters_are_not_written_to_a_file_of_the_image(Container container) throws IOException {
    container.config().objects("mounts").removeIf(m -> "/proc".equals(m.get("destination")));
    var fake = Files.createDirectories(container.rootfs().resolve("proc/sys/net/ipv4"));
    Files.writeString(fake.resolve("ip_forward"), "untouched");
    container.setObject("linux.sysctl", "net.ipv4.ip_forward", "1").script("true").run();

    assertThat(fake.resolve("ip_forward")).hasContent("untouched");
  }

  /// CVE-2022-0811: a parameter's value holds another parameter
  @OnEachRuntime
  void a_parameter_sets_no_other_one(Containers containers) throws IOException {
    String before = Files.readString(CORE_PATTERN);
    for (var attack :
        List.of(
            Json.object("kernel.shm_rmid_forced", "1+kernel.core_pattern=|/evil"),
            Json.object("kernel.shm_rmid_forced+kernel.core_pattern", "|/evil"),
            Json.object("net.ipv4/../../kernel/core_pattern", "|/evil"),
            Json.object("net/../kernel/core_pattern", "|/evil"),
            Json.object("kernel.core_pattern", "|/evil"))) {
      assertThat(containers.another().set("linux.sysctl", attack).script("true").run().code())
          .as(attack.toString())
          .isNotZero();
      assertThat(Files.readString(CORE_PATTERN)).isEqualTo(before);
    }
  }

  /// A path with `..` makes nothing, joins nothing and deletes nothing outside of cgroupfs.
  @OnEachRuntime(differs = "crun 1.8, 1.28: removes the directories there")
  void a_cgroups_path_does_not_lead_out_of_cgroupfs(Containers containers) throws IOException {
    var tree = containers.directory().resolve("tree/a");
    Files.createDirectories(tree.resolve("b"));
    for (String up : List.of("/../../../../../..", "../../../../../../../..")) {
      var container = containers.another().set("linux.cgroupsPath", up + tree).script("true");
      var made = container.tryCreate();
      container.delete("--force");

      assertThat(tree.resolve("b")).as(made.errors()).isEmptyDirectory();
      try (var files = Files.list(tree)) {
        assertThat(files).containsExactly(tree.resolve("b"));
      }
    }
  }

  /// CVE-2021-43784: lengths that overflow what the runtime tells its own processes
  @OnEachRuntime
  void long_values_are_errors_and_nothing_else(Containers containers) {
    var path = containers.another().without("network");
    path.add("linux.namespaces", Json.object("type", "network", "path", "/" + "a".repeat(70_000)));
    assertThat(path.script("true").run().code()).isEqualTo(1);

    var maps =
        IntStream.range(0, 5000)
            .mapToObj(i -> (Object) Json.object("containerID", i, "hostID", 100000 + i, "size", 1))
            .toList();
    var mapped =
        containers
            .another()
            .add("linux.namespaces", Json.object("type", "user"))
            .set("linux.uidMappings", maps)
            .set("linux.gidMappings", maps);
    assertThat(mapped.script("true").run().code()).isEqualTo(1);
  }

  /// CVE-2023-25809: whoever starts containers as root of a user namespace has cgroups of its own,
  /// which are the container's to see and not to write when it has no cgroup namespace
  @OnEachRuntime(
      differs = {
        "crun 1.8, 1.28: the directory above the hierarchies can be written",
        "runc 1.3: the directory above the hierarchies can be written"
      })
  void cgroups_of_the_user_are_not_written(Container container) throws IOException {
    container
        .without("cgroup")
        .mountOptions("/dev/pts", "newinstance", "ptmxmode=0666", "mode=0620") // no group but root
        .mount("/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");

    assertNoCgroupIsMade(container);
  }

  /// CVE-2023-25809: the same with a /sys of the host whose mounts are not read-only themselves
  @OnEachRuntime(
      differs = {
        "runc 1.1, 1.3: the directory above the hierarchies can be written",
        "crun 1.8, 1.28: the directory above the hierarchies can be written"
      })
  void cgroups_below_a_bound_sys_are_not_written(Container container) throws IOException {
    container
        .without("cgroup")
        .without("network")
        .mountOptions("/dev/pts", "newinstance", "ptmxmode=0666", "mode=0620");
    container.config().objects("mounts").removeIf(m -> "/sys".equals(m.get("destination")));
    container
        .bind(Path.of("/sys"), "/sys", "rbind", "nosuid", "noexec", "nodev", "ro")
        .mount("/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");

    assertNoCgroupIsMade(container);
  }

  /// The container tries as root of a user namespace, and is root of the machine behind it.
  private static void assertNoCgroupIsMade(Container container) throws IOException {
    container.script(
        """
        for place in /sys/fs/cgroup /sys/fs/cgroup/*; do
          mkdir $place/made-by-container 2>/dev/null && echo made $place
        done
        echo tried
        """);

    var run = container.running().under("exec unshare --user --map-root-user --mount \"$@\"").run();

    assertThat(run.code()).as(run.errors()).isZero();
    assertThat(Cgroups.named("made-by-container")).isEmpty();
    assertThat(run.text()).isEqualTo("tried");
  }

  /// CVE-2022-0492: a process without capabilities gets them in namespaces of its own, mounts
  /// cgroups of version 1 there, and names the program that the kernel runs as root
  @OnEachRuntime
  void a_release_agent_is_not_set_from_a_user_namespace(Container container) throws IOException {
    for (String directory : List.of("/usr", "/lib", "/lib64")) { // busybox makes no such namespace
      if (Files.isDirectory(Path.of(directory))) {
        container.bind(Path.of(directory), directory, "ro");
      }
    }
    container
        .capabilities("CAP_SETFCAP")
        .mount("/tmp", "tmpfs")
        .script(
            """
            for controllers in memory cpu,cpuacct rdma pids misc; do
              /usr/bin/unshare -UrmC sh -c "mount -t cgroup -o $controllers cgroup /tmp &&
                echo /bin/x >/tmp/release_agent && echo written" 2>/dev/null
            done
            /usr/bin/unshare -UrmC echo tried
            """);

    var run = container.run();

    assertThat(run.out()).isEqualTo("tried\n");
  }

  /// CVE-2026-30892: a user that is none must not become root
  @OnEachRuntime(
      differs = {
        "runc 1.1, 1.3: 4294967296 is root",
        "crun 1.8, 1.28: takes what is no number for 0"
      })
  void a_user_that_is_none_is_not_root(Container container) {
    container.set("process.user.uid", 1000).up();
    for (String user :
        List.of(
            "abc",
            "1x",
            ":",
            ":5",
            "1:",
            "-1",
            "4294967296",
            "4294967295",
            "1:x",
            "0x0",
            " 1",
            "1:2:3")) {
      var exec = container.executing(List.of("--user", user), "id", "-u").run();

      assertThat(exec.out()).as("\"" + user + "\"").isNotEqualTo("0\n");
      assertThat(exec.code()).as("\"" + user + "\": " + exec.out()).isNotZero();
    }
  }

  /// CVE-2021-30465, CVE-2024-45310: the directory below which mounts are made becomes a link to
  /// the host's while they are made: a hundred mounts in each of ten containers
  @OnEachRuntime(without = "runc 1.1: loses the race now and then")
  void a_race_of_links_makes_nothing_on_the_host(Containers containers) throws IOException {
    Programs.need("python3", "python3");
    var host = Files.createDirectory(containers.directory().resolve("host"));
    var volume = Files.createDirectories(containers.directory().resolve("volume/real"));
    var link = Files.createSymbolicLink(volume.resolveSibling("link"), host);
    var script = Resources.copy("swap.py", containers.directory());
    var swapper =
        Command.of("python3", script.toString(), volume.toString(), link.toString())
            .startWithPipes();
    try {
      for (int round = 0; round < 10; round++) {
        var container =
            containers
                .another()
                .bind(containers.directory().resolve("volume"), "/volume")
                .script("true");
        for (int i = 0; i < 50; i++) {
          container.mount("/volume/real/a" + round + "-" + i, "tmpfs");
          container.bind(Path.of("/etc/hostname"), "/volume/real/b" + round + "-" + i, "ro");
        }
        assertThat(container.run().code()).isIn(0, 1);
      }
    } finally {
      swapper.getOutputStream().close();
      swapper.onExit().join();
      swapper.getInputStream().close();
      swapper.getErrorStream().close();
    }
    try (var made = Files.list(host)) {
      assertThat(made).isEmpty();
    }
  }

  /// Destinations of mounts are resolved inside the root.
  @OnEachRuntime
  void a_destination_stays_inside(Containers containers) throws IOException {
    var host = Files.createDirectory(containers.directory().resolve("host"));
    for (String destination :
        List.of(
            "/link/made",
            "/../../../../../../.." + host + "/made",
            "/link/../.." + host + "/made")) {
      var container = containers.another().mount(destination, "tmpfs").script("true");
      Files.createSymbolicLink(container.rootfs().resolve("link"), host);

      assertThat(container.run().code()).as(destination).isIn(0, 1);

      assertThat(host.resolve("made")).as(destination).doesNotExist();
    }
  }

  /// The processes of a container see nothing of the runtime's files and memory.
  @OnEachRuntime
  void nothing_of_the_host_is_named_inside(Container container) {
    String seen =
        container.shell(
            "cat /proc/self/maps /proc/1/cmdline /proc/1/environ; ls -l /proc/1/exe /proc/1/cwd /proc/1/root");

    assertThat(seen)
        .doesNotContainIgnoringCase("jvm", ".jar", "java")
        .doesNotContain(container.bundle().toString());
  }
}
