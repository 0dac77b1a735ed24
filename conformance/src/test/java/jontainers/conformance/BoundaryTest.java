package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import jontainers.conformance.Command.Outcome;
import jontainers.testkit.ConformanceTest;

/// What a container must not get of its caller and of the host: descriptors, files, mounts, keys,
/// rights.
@ConformanceTest
class BoundaryTest {
  private static final String LIST = "ls -l /proc/self/fd /proc/1/fd; readlink /proc/$$/fd/*";

  /// A descriptor that the caller has closed is nobody's: the runtime opens files of its own, which
  /// must not take its place.
  @OnEachRuntime(differs = "crun 1.8: ends with an error")
  void closed_streams_are_no_files_of_the_runtime(Containers containers) {
    for (String closing : List.of("<&-", "<&- >&-", ">&-", "<&- >&- 2>&-", "2>&-")) {
      var container = containers.another();
      var out = container.bundle().resolve("rootfs/tmp/seen");
      container.script("(" + LIST + ") >/tmp/seen 2>&1");

      container.running().under("exec " + closing).run();

      assertThat(out).as(closing).exists();
      assertThat(out).as(closing).content().doesNotContain("modules", ".jar", ".aot", "jvm");
    }
  }

  @OnEachRuntime(differs = "crun 1.8: ends with an error")
  void closed_streams_of_exec_are_no_files_of_the_runtime(Container container) {
    container.up();
    var out = container.bundle().resolve("rootfs/tmp/seen");

    container
        .executing(List.of(), "sh", "-c", "(" + LIST + ") >/tmp/seen 2>&1")
        .under("exec <&- >&- 2>&-")
        .run();

    assertThat(out).exists();
    assertThat(out).content().doesNotContain("modules", ".jar", ".aot", "jvm");
  }

  /// oci-cli: `--preserve-fds` of descriptors that are not open
  @OnEachRuntime
  void descriptors_that_were_not_open_are_not_preserved(Container container) {
    var run =
        container
            .script("ls /proc/$$/fd; readlink /proc/$$/fd/*; echo ran")
            .running("--preserve-fds", "3")
            .run();

    assertThat(run.out()).doesNotContain("modules", ".jar", ".aot", "jvm");
    assertThat(run.out().isEmpty() ? run.errors() : run.out())
        .contains(run.code() == 0 ? "ran" : "fd");
  }

  /// oci-cli: `--preserve-fds` with many of them
  @OnEachRuntime
  void a_hundred_descriptors_are_preserved(Containers containers) throws IOException {
    var file = Files.writeString(containers.directory().resolve("file"), "content");
    var open = "for i in $(seq 3 102); do eval \"exec $i<" + file + "\"; done; exec \"$@\"";
    var container = containers.another().script("cat <&102; ls /proc/$$/fd | wc -l");

    var run = bash(open, container.running("--preserve-fds", "100")).run();
    assertThat(run.succeeded().text()).startsWith("content10");

    var other = containers.another().up();
    var executing =
        other.executing(List.of("--preserve-fds", "100"), "sh", "-c", "cat <&3; cat <&102");
    assertThat(bash(open, executing).run().succeeded().text()).isEqualTo("contentcontent");
    var missing = other.executing(List.of("--preserve-fds", "100"), "/missing");
    var failed = bash(open, missing).run();
    assertThat(failed.code()).isNotZero();
    assertThat(failed.errors()).contains("missing");
  }

  private static Command bash(String script, Command command) {
    var words = new ArrayList<>(List.of("bash", "-c", script, "bash"));
    words.addAll(command.words());
    return Command.of(words);
  }

  /// A file that the caller opened for reading cannot be written, nor its mode changed.
  @OnEachRuntime(differs = "crun 1.8, 1.28: passes the file itself")
  void the_callers_files_stay_as_they_are_opened(Containers containers) throws IOException {
    var input = Files.writeString(containers.directory().resolve("input"), "read");
    var log = Files.writeString(containers.directory().resolve("log"), "kept\n");
    Files.setPosixFilePermissions(input, PosixFilePermissions.fromString("rw-------"));
    String attack =
        """
        cat
        (echo evil >/proc/self/fd/0) 2>/dev/null
        chmod 4777 /proc/self/fd/0 2>/dev/null
        chown 7 /proc/self/fd/0 2>/dev/null
        cat /proc/self/fd/1 >/tmp/stolen 2>/dev/null &
        sleep 0.2
        kill $! 2>/dev/null
        : >/proc/self/fd/1
        echo " written"
        """;
    var container = containers.another().script(attack);
    container.running().under("exec <" + input + " >>" + log).run();
    var other = containers.another().up();
    other.executing(List.of(), "sh", "-c", attack).under("exec <" + input + " >>" + log).run();

    assertThat(input).hasContent("read");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(input)))
        .isEqualTo("rw-------");
    assertThat((int) Files.getAttribute(input, "unix:mode") & 07000).isZero();
    assertThat((int) Files.getAttribute(input, "unix:uid")).isZero();
    assertThat(log).hasContent("kept\nread written\nread written\n");
    for (var each : List.of(container, other)) {
      assertThat(Files.readString(each.rootfs().resolve("tmp/stolen"))).doesNotContain("kept");
    }
  }

  /// The null device of the caller: its mode and owner are the host's.
  @OnEachRuntime
  void the_hosts_null_device_is_not_passed(Containers containers) throws IOException {
    var none = containers.directory().resolve("null");
    Command.of("mknod", "-m", "666", none.toString(), "c", "1", "3").run().succeeded();
    String attack = "for n in 0 1 2; do chmod 600 /proc/self/fd/$n; chown 7 /proc/self/fd/$n; done";
    String streams = "exec <" + none + " >" + none + " 2>" + none;

    containers.another().script(attack).running().under(streams).run();
    var created = containers.another().script(attack);
    created.creating().under(streams).run().succeeded();
    created.start();
    created.awaitEnd();

    assertThat((int) Files.getAttribute(none, "unix:mode") & 0777).isEqualTo(0666);
    assertThat((int) Files.getAttribute(none, "unix:uid")).isZero();
  }

  @OnEachRuntime(
      differs = {
        "runc 1.1: exec has the device itself",
        "crun 1.8, 1.28: exec has the device itself"
      })
  void the_hosts_null_device_is_not_passed_to_exec(Containers containers) throws IOException {
    var none = containers.directory().resolve("null");
    Command.of("mknod", "-m", "666", none.toString(), "c", "1", "3").run().succeeded();
    var container = containers.another().up();
    String attack = "for n in 0 1 2; do chmod 600 /proc/self/fd/$n; done";

    for (var options : List.of(List.<String>of(), List.of("--detach"))) {
      container
          .executing(options, "sh", "-c", attack + "; touch /tmp/done")
          .under("exec <" + none + " >" + none + " 2>" + none)
          .run();
      Await.exists(container.rootfs().resolve("tmp/done"));
      Files.delete(container.rootfs().resolve("tmp/done"));
    }

    assertThat((int) Files.getAttribute(none, "unix:mode") & 0777).isEqualTo(0666);
  }

  /// An image's server writes its log to /dev/stdout as a user who is not root.
  @OnEachRuntime(differs = "crun 1.8, 1.28: the pipe stays root's in a user namespace")
  void a_user_opens_its_output_again(Containers containers) throws IOException {
    String script = "echo err >/dev/stderr && echo out >/dev/stdout; cat /dev/stdin";
    for (int user : List.of(0, 1000)) {
      for (boolean own : List.of(false, true)) {
        var container = containers.another().set("process.user.uid", user).script(script);
        if (own) {
          mapped(container);
        }
        assertThat(piped(container.running()))
            .as(user + " " + own)
            .containsExactlyInAnyOrder("out", "err", "in");

        var other = containers.another().set("process.user.uid", user);
        if (own) {
          mapped(other);
        }
        other.up();
        assertThat(piped(other.executing(List.of(), "sh", "-c", script)))
            .as("exec " + user + " " + own)
            .containsExactlyInAnyOrder("out", "err", "in");
      }
    }
  }

  private static void mapped(Container container) throws IOException {
    var map = List.of(Json.object("containerID", 0, "hostID", 100000, "size", 65536));
    container
        .add("linux.namespaces", Json.object("type", "user"))
        .set("linux.uidMappings", map)
        .set("linux.gidMappings", map);
    Command.of("chown", "-R", "100000:100000", container.rootfs().toString()).run().succeeded();
    for (var at = container.bundle(); at != null; at = at.getParent()) {
      Command.of("chmod", "a+x", at.toString()).run().succeeded();
    }
  }

  private static List<String> piped(Command command) throws IOException {
    var process = command.startWithPipes();
    try (var input = process.getOutputStream()) {
      input.write("in\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    String out =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    process.onExit().join();
    return out.lines().toList();
  }

  /// What belongs to the host is not given away: a file that `create` was given stays the caller's.
  @OnEachRuntime(
      differs = {
        "runc 1.1: gives the file to the user",
        "crun 1.8, 1.28: gives the file to the user"
      })
  void a_file_of_the_host_is_not_given_to_the_user(Container container) throws IOException {
    container.set("process.user.uid", 1000).up();

    assertThat((int) Files.getAttribute(container.bundle().resolve("out"), "unix:uid")).isZero();
  }

  /// config#hooks: startContainer: its program is the image's, so its rights are the container's
  @OnEachRuntime
  void a_start_container_hook_has_the_rights_of_the_process(Container container)
      throws IOException {
    String report =
        "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)' /proc/self/status;"
            + " cat /proc/self/cgroup; pwd; ulimit -n; echo $WHO";
    Files.createDirectories(container.rootfs().resolve("work"));
    Command.of("chmod", "1777", container.rootfs().resolve("tmp").toString()).run().succeeded();
    container
        .set("process.user.uid", 1000)
        .set("process.user.gid", 1000)
        .set("process.noNewPrivileges", true)
        .set("process.cwd", "/work")
        .add("process.env", "WHO=container")
        .set(
            "linux.seccomp",
            Json.object(
                "defaultAction",
                "SCMP_ACT_ALLOW",
                "syscalls",
                List.of(Json.object("names", List.of("swapon"), "action", "SCMP_ACT_ERRNO"))))
        .add(
            "hooks.startContainer",
            Json.object(
                "path", "/bin/sh", "args", List.of("sh", "-c", "(" + report + ") >/tmp/hook")))
        .script(report);

    var run = container.run();

    assertThat(run.succeeded().out())
        .contains("Uid:\t1000", "NoNewPrivs:\t1", "Seccomp:\t2", "/work");
    assertThat(container.rootfs().resolve("tmp/hook")).hasContent(run.out());
  }

  /// keyrings(7): the keys of the caller's session are no container's
  @OnEachRuntime(differs = "crun 1.8, 1.28: in exec")
  void the_callers_keys_do_not_enter(Containers containers) {
    Programs.need("keyctl", "keyutils");
    String search = "keyctl search @s user leak >/dev/null 2>&1 && echo found || echo not found";
    var container = withHostsPrograms(containers.another()).script(search);
    var other = withHostsPrograms(containers.another()).up();

    assertThat(withKey(container.running()).text()).isEqualTo("not found");
    assertThat(withKey(other.executing(List.of(), "sh", "-c", search)).text())
        .isEqualTo("not found");
  }

  private static Container withHostsPrograms(Container container) {
    for (String directory : List.of("/usr", "/lib", "/lib64")) {
      if (Files.isDirectory(Path.of(directory))) {
        container.bind(Path.of(directory), directory, "ro");
      }
    }
    return container.set("process.env", List.of("PATH=/bin:/usr/bin"));
  }

  /// In a new session keyring that has a key, which its search finds.
  private static Outcome withKey(Command command) {
    var words =
        new ArrayList<>(
            List.of(
                "keyctl",
                "session",
                "-",
                "sh",
                "-c",
                "keyctl add user leak secret @s >/dev/null; keyctl search @s user leak >/dev/null"
                    + " || exit 9; exec \"$@\"",
                "sh"));
    words.addAll(command.words());
    return Command.of(words).run().succeeded();
  }

  /// ptrace(2), CVE-2016-9962: until it is the program, the runtime's process is not to be looked
  /// into by root of the same container.
  @OnEachRuntime(differs = "runc 1.1, 1.3: can be looked into")
  void the_waiting_process_is_not_looked_into(Containers containers) throws IOException {
    var plain = containers.another().script("true");
    var mapped = containers.another().script("true");
    mapped(mapped);
    for (var container : List.of(plain, mapped)) {
      container.create();

      var seen =
          container.exec(
              "sh",
              "-c",
              "cat /proc/1/maps; readlink /proc/1/fd/* /proc/1/cwd; (exec 3<>/proc/1/mem) && echo open");

      assertThat(seen.out()).isEmpty();
    }
  }

  /// user_namespaces(7): a full /proc is to be had only by who sees one
  @OnEachRuntime
  void no_full_proc_is_left_behind_without_pivot_root(Containers containers) {
    String script =
        "/usr/bin/unshare -Urmpf /usr/bin/mount -t proc proc /tmp && echo mounted;"
            + " /usr/bin/unshare -Urmn /usr/bin/mount -t sysfs sysfs /tmp && echo mounted";
    var container = withHostsPrograms(containers.another()).capabilities("CAP_SETFCAP");
    var open =
        withHostsPrograms(containers.another())
            .capabilities("CAP_SETFCAP")
            .remove("linux.maskedPaths")
            .remove("linux.readonlyPaths");

    assertThat(container.script(script).run("--no-pivot").out()).isEmpty();
    assertThat(open.script(script).run("--no-pivot").out()).as("the trick").startsWith("mounted");
  }

  /// config#mounts: an image's link is not a way to cover what the kernel shows (CVE-2019-16884)
  @OnEachRuntime
  void proc_is_not_covered_through_a_link(Containers containers) throws IOException {
    for (String destination : List.of("/link/proc", "/link/proc/self/attr")) {
      var container =
          containers.another().mount(destination, "tmpfs").script("ls /proc/self/attr/current");
      Files.createSymbolicLink(container.rootfs().resolve("link"), Path.of("/"));

      var run = container.run();

      assertThat(run.code()).as(destination).isNotZero();
      assertThat(run.out()).as(destination).isEmpty();
    }
  }

  /// mount_namespaces(7): what is mounted in a container stays there, also where it lies in a tree
  /// of a host whose mounts are shared
  @OnEachRuntime
  void no_mount_travels_to_the_host(Containers containers) throws IOException {
    var shared = Files.createDirectories(containers.directory().resolve("shared"));
    Command.of("mount", "--bind", shared.toString(), shared.toString()).run().succeeded();
    Command.of("mount", "--make-shared", shared.toString()).run().succeeded();
    try {
      Files.createDirectory(shared.resolve("sub"));
      var before = mounts();
      var container =
          containers
              .another()
              .capabilities("CAP_SYS_ADMIN")
              .bind(shared, "/data", "rbind")
              .mount("/data/sub", "tmpfs")
              .script("mkdir /data/new; mount -t tmpfs none /data/new; grep -c /data /proc/mounts");

      assertThat(container.run().text()).isEqualTo("3");

      assertThat(mounts()).isEqualTo(before);
    } finally {
      Command.of("umount", "-R", shared.toString()).run().succeeded();
    }
  }

  private static List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .map(line -> line.split(" ")[4])
        .toList();
  }
}
