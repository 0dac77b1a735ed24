package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import jontainers.testkit.ConformanceTest;

/// What callers rely on of a container's process where the specification says little: here runc and
/// crun are the contract.
@ConformanceTest
class ProcessDetailsTest {
  /// capabilities(7): "no capability can ever be ambient if it is not both permitted and
  /// inheritable"; `podman build --isolation oci` asks for such
  @OnEachRuntime
  void ambient_capabilities_that_are_not_inheritable_are_left_out(Container container) {
    container
        .capabilities("CAP_CHOWN", "CAP_KILL")
        .add("process.capabilities.inheritable", "CAP_KILL")
        .add("process.capabilities.ambient", "CAP_CHOWN", "CAP_KILL");

    assertThat(container.shell("grep CapAmb /proc/self/status | cut -f 2"))
        .isEqualTo("0000000000000020");
  }

  /// config#capabilities: what "cannot be granted otherwise, MUST be logged as a warning"
  @OnEachRuntime(differs = {"runc 1.1: unknown ones alone", "crun 1.8, 1.28: not told"})
  void capabilities_that_are_left_out_are_told(Container container) {
    container
        .capabilities("CAP_CHOWN", "CAP_KILL", "CAP_BOGUS")
        .add("process.capabilities.inheritable", "CAP_KILL")
        .add("process.capabilities.ambient", "CAP_CHOWN", "CAP_KILL");

    assertThat(container.script("true").run().succeeded().errors())
        .contains("warning", "CAP_CHOWN", "CAP_BOGUS")
        .doesNotContain("CAP_KILL");
  }

  @OnEachRuntime
  void of_variables_of_one_name_the_last_counts(Container container) {
    container.add("process.env", "A=1", "B=2", "A=3").args("/bin/env");

    assertThat(container.run().succeeded().lines()).contains("A=3", "B=2").doesNotContain("A=1");
  }

  @OnEachRuntime
  void variables_of_exec_come_before_the_containers(Container container) {
    container.add("process.env", "A=1").script("sleep 60").create().start();

    var lines = container.executing(List.of("--env", "A=2"), "/bin/env").run().succeeded().lines();

    assertThat(lines).contains("A=2").doesNotContain("A=1");
  }

  @OnEachRuntime(differs = "crun 1.8, 1.28: leaves it empty")
  void an_empty_home_is_looked_up(Container container) throws IOException {
    Files.createDirectories(container.rootfs().resolve("etc"));
    Files.writeString(
        container.rootfs().resolve("etc/passwd"), "root:x:0:0:root:/home/root:/bin/sh\n");
    container.add("process.env", "HOME=");

    assertThat(container.shell("echo $HOME")).isEqualTo("/home/root");
  }

  /// access(2) for the rights that the program will have
  @OnEachRuntime
  void a_program_is_looked_for_with_the_capabilities_of_the_process(Container container)
      throws IOException {
    var directory = Files.createDirectories(container.rootfs().resolve("private"));
    Files.copy(container.rootfs().resolve("bin/busybox"), directory.resolve("busybox"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    Files.setPosixFilePermissions(
        directory.resolve("busybox"), PosixFilePermissions.fromString("rwx------"));
    container
        .capabilities("CAP_DAC_OVERRIDE")
        .add("process.capabilities.inheritable", "CAP_DAC_OVERRIDE")
        .add("process.capabilities.ambient", "CAP_DAC_OVERRIDE")
        .setObject("process.user", "uid", 1000, "gid", 1000)
        .args("/private/busybox", "id", "-u");

    assertThat(container.run().succeeded().lines()).containsExactly("1000");
  }

  @OnEachRuntime(differs = {"runc 1.1: the first process only"})
  void exec_has_the_personality_of_the_container(Container container) {
    container.setObject("linux.personality", "domain", "LINUX32").script("sleep 60");
    container.create().start();

    assertThat(container.exec("uname", "-m").succeeded().lines()).containsExactly("i686");
  }

  /// cpuset(7): what the caller has chosen for itself is not the container's choice
  @OnEachRuntime(differs = {"runc 1.1: keeps the caller's", "crun 1.8: keeps the caller's"})
  void the_processors_are_those_of_the_cgroup(Container container) {
    container.runBy(List.of("taskset", "-c", "0"));

    assertThat(container.shell("grep Cpus_allowed_list /proc/self/status | cut -f 2"))
        .isEqualTo("0-" + (Runtime.getRuntime().availableProcessors() - 1));
  }

  /// config-linux#devices: a path as others write it
  @OnEachRuntime(differs = "crun 1.8: ENOENT")
  void a_devices_path_may_end_with_a_slash(Container container) {
    container.add(
        "linux.devices",
        Json.object("path", "/dev/mine/", "type", "c", "major", 1, "minor", 3, "fileMode", 438));

    assertThat(container.shell("echo x >/dev/mine && stat -c %t:%T /dev/mine")).isEqualTo("1:3");
  }

  @OnEachRuntime(differs = "crun 1.8, 1.28: open: No such file or directory")
  void an_empty_path_makes_a_new_namespace(Container container) throws IOException {
    container.without("uts").add("linux.namespaces", Json.object("type", "uts", "path", ""));

    assertThat(container.shell("readlink /proc/self/ns/uts"))
        .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/uts")).toString());
  }

  /// The mount namespace that is joined has to show the bundle.
  @OnEachRuntime(differs = "runc 1.1, 1.3: leaves the root of a namespace that it joins as it is")
  void all_namespaces_may_be_those_of_others(Containers containers) throws IOException {
    var first = containers.another().script("sleep 60");
    first.create().start();
    var second = containers.another();
    var nowhere = Path.of("/dev/null");
    var holder = Command.of("unshare", "--mount", "sleep", "60").start(nowhere, nowhere);
    try {
      Await.answer(
          "a mount namespace",
          () -> !link(holder.pid(), "mnt").equals(link(ProcessHandle.current().pid(), "mnt")));
      for (var kind :
          List.of("mount:mnt", "pid:pid", "network:net", "uts:uts", "ipc:ipc", "cgroup:cgroup")) {
        String[] names = kind.split(":", 2);
        long pid = names[0].equals("mount") ? holder.pid() : first.pid();
        second
            .without(names[0])
            .add(
                "linux.namespaces",
                Json.object("type", names[0], "path", "/proc/" + pid + "/ns/" + names[1]));
      }
      second.config().objects("mounts").clear();
      second.remove("linux.maskedPaths").remove("linux.readonlyPaths");

      assertThat(second.script("echo here").run().succeeded().lines()).containsExactly("here");
    } finally {
      holder.destroy();
    }
  }

  private static String link(long pid, String namespace) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + namespace)).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
