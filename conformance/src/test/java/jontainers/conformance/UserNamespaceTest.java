package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.ConformanceTest;

/// config-linux.md, User namespace mappings.
@ConformanceTest
class UserNamespaceTest {
  /// config-linux#user-namespace-mappings: uidMappings and gidMappings
  @OnEachRuntime
  void the_maps_are_those_given(Container container) throws IOException {
    assertThat(
            mapped(container)
                .shell("cat /proc/self/uid_map /proc/self/gid_map; id -u; cat /etc/group")
                .replaceAll(" +", " ")
                .lines()
                .map(String::strip))
        .startsWith("0 100000 65536", "0 100000 65536", "0", "root:x:0:");
  }

  /// The program is not root of the host.
  @OnEachRuntime
  void the_program_is_another_user_outside(Container container) throws IOException {
    mapped(container).up();

    assertThat(Files.readString(container.proc("status")))
        .contains("Uid:\t100000\t100000\t100000\t100000");
    assertThat(container.exec("id", "-u").succeeded().text()).isEqualTo("0");
  }

  /// Devices cannot be made there, and are the host's own, bound.
  @OnEachRuntime
  void the_default_devices_are_there(Container container) throws IOException {
    assertThat(
            mapped(container).shell("echo x >/dev/null; head -c2 /dev/zero | wc -c; ls /dev/fd/0"))
        .isEqualTo("2\n/dev/fd/0");
  }

  @OnEachRuntime
  void masked_and_readonly_paths_are_kept(Container container) throws IOException {
    var run =
        mapped(container).script("cat /proc/timer_list; echo 1 >/proc/sys/vm/swappiness").run();

    assertThat(run.out()).isEmpty();
    assertThat(run.errors()).contains("swappiness: Read-only file system");
  }

  /// Options that say nothing of a flag leave it as the source has it.
  @OnEachRuntime(
      differs = {
        "runc 1.1: refuses a bind that is read-only",
        "crun 1.8: a read-only bind loses the others",
        "crun 1.28: a bind loses them"
      })
  void a_bind_keeps_the_flags_of_its_source(Containers containers) throws IOException {
    var source = restricted(containers);
    try {
      for (String options : List.of("rbind", "rbind,ro", "rbind,rw")) {
        var container = mapped(containers.another()).bind(source, "/mnt", options.split(","));
        assertThat(container.shell("grep ' /mnt ' /proc/self/mountinfo | cut -d ' ' -f 6"))
            .isEqualTo((options.endsWith("ro") ? "ro" : "rw") + ",nosuid,nodev,noexec,noatime");
      }
    } finally {
      Command.of("umount", source.toString()).run().succeeded();
    }
  }

  /// Options that clear a flag clear that one, as without a user namespace: binds are made with the
  /// rights of who calls.
  @OnEachRuntime(
      differs = {
        "runc 1.1: leaves them",
        "runc 1.3: refuses to clear what the kernel has locked",
        "crun 1.8: leaves them",
        "crun 1.28: clears the others, too"
      })
  void a_bind_loses_the_flags_that_are_cleared(Containers containers) throws IOException {
    var source = restricted(containers);
    try {
      var container = mapped(containers.another()).bind(source, "/mnt", "bind", "suid", "exec");
      assertThat(container.shell("grep ' /mnt ' /proc/self/mountinfo | cut -d ' ' -f 6"))
          .isEqualTo("rw,nodev,noatime");
    } finally {
      Command.of("umount", source.toString()).run().succeeded();
    }
  }

  private static Path restricted(Containers containers) throws IOException {
    var source = Files.createDirectories(containers.directory().resolve("restricted"));
    String flags = "nosuid,nodev,noexec,noatime";
    Command.of("mount", "-t", "tmpfs", "-o", flags, "none", source.toString()).run().succeeded();
    return source;
  }

  /// config#hooks: createContainer hooks prepare the root filesystem
  @OnEachRuntime
  void a_hook_of_the_container_is_its_root(Container container) throws IOException {
    mapped(container)
        .add(
            "hooks.createContainer",
            Json.object(
                "path",
                "/bin/sh",
                "args",
                List.of(
                    "sh",
                    "-c",
                    "cat >/dev/null; id -u >"
                        + container.rootfs().resolve("tmp/who")
                        + " && mount -t tmpfs none "
                        + container.rootfs().resolve("mnt")),
                "env",
                List.of("PATH=/usr/bin:/bin:/usr/sbin:/sbin")));
    Command.of("mkdir", "-p", container.rootfs() + "/tmp", container.rootfs() + "/mnt")
        .run()
        .succeeded();
    Command.of("chmod", "1777", container.rootfs() + "/tmp").run().succeeded();

    assertThat(container.shell("cat /tmp/who")).isEqualTo("0");
  }

  /// config-linux#user-namespace-mappings: without a mapping nothing can be made
  @OnEachRuntime
  void a_new_user_namespace_without_mappings_is_refused(Container container) {
    container.add("linux.namespaces", Json.object("type", "user"));

    assertThat(container.script("true").run().code()).isEqualTo(1);
  }

  /// config-linux#namespaces: the user namespace is joined before the others
  @OnEachRuntime(differs = "runc 1.1: wants mappings for a namespace by path, too")
  void all_namespaces_of_another_container_are_entered(Containers containers) throws IOException {
    var first = mapped(containers.another()).up();
    var second = containers.another().remove("hostname");
    owned(second);
    for (String type : List.of("user", "network", "ipc", "uts", "pid")) {
      String file = type.equals("network") ? "net" : type;
      second
          .without(type)
          .add(
              "linux.namespaces",
              Json.object("type", type, "path", first.proc("ns/" + file).toString()));
    }

    assertThat(second.shell("readlink /proc/self/ns/user; id -u"))
        .isEqualTo(Files.readSymbolicLink(first.proc("ns/user")) + "\n0");
  }

  /// config#mounts: idmap in a user namespace takes the container's own mappings
  @OnEachRuntime(differs = "runc 1.1: no idmap")
  void an_idmapped_mount_shows_the_owners_as_they_are(Container container) throws IOException {
    Bundle.needIdmapping();
    var source = Files.createDirectories(container.bundle().resolve("source"));
    Files.writeString(source.resolve("file"), "");
    mapped(container)
        .add(
            "mounts",
            Json.object(
                "destination", "/mnt",
                "type", "bind",
                "source", source.toString(),
                "options", List.of("bind", "idmap"),
                "uidMappings", mapping(),
                "gidMappings", mapping()));

    assertThat(container.shell("stat -c %u:%g /mnt/file; touch /mnt/new")).isEqualTo("0:0");
    assertThat(Files.getAttribute(source.resolve("new"), "unix:uid")).isEqualTo(0);
  }

  /// config-linux#user-namespace-mappings: the bounding set holds inside
  @OnEachRuntime
  void capabilities_are_those_given(Container container) throws IOException {
    assertThat(mapped(container).shell("grep CapEff /proc/self/status"))
        .isEqualTo("CapEff:\t0000000020000420");
  }

  private static Container mapped(Container container) throws IOException {
    owned(container);
    return container
        .add("linux.namespaces", Json.object("type", "user"))
        .set("linux.uidMappings", mapping())
        .set("linux.gidMappings", mapping());
  }

  private static List<Object> mapping() {
    return List.of(Json.object("containerID", 0, "hostID", 100000, "size", 65536));
  }

  /// Give the files to the user that is root inside, and let that one reach them.
  private static void owned(Container container) throws IOException {
    Command.of("chown", "-hR", "100000:100000", container.rootfs().toString()).run().succeeded();
    for (var directory : List.of(container.bundle().getParent(), container.bundle())) {
      Command.of("chmod", "755", directory.toString()).run().succeeded();
    }
  }
}
