package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.ConformanceTest;

/// config.md, Root and Mounts; config-linux.md, Rootfs Mount Propagation.
@ConformanceTest
class MountsTest {
  /// config#root: readonly
  @OnEachRuntime
  void a_readonly_root_cannot_be_written(Container container) throws IOException {
    container.set("root.readonly", true);

    assertThat(container.script("touch /new").run().errors()).contains("Read-only file system");
    assertThat(container.rootfs().resolve("new")).doesNotExist();
  }

  @OnEachRuntime
  void a_root_that_is_not_readonly_is_the_directory_itself(Container container) {
    container.shell("echo written > /new");

    assertThat(container.rootfs().resolve("new")).hasContent("written");
  }

  /// config#root: path, absolute or below the bundle
  @OnEachRuntime
  void the_root_may_be_absolute(Container container) {
    container.set("root.path", container.rootfs().toString());

    assertThat(container.shell("ls -d /bin/busybox")).isEqualTo("/bin/busybox");
  }

  /// config#root: a directory must be at the path
  @OnEachRuntime
  void a_missing_root_is_refused(Container container) {
    assertThat(container.set("root.path", "nowhere").script("true").run().code()).isEqualTo(1);
  }

  /// config#mounts: in the order listed
  @OnEachRuntime
  void mounts_are_made_in_order(Container container) {
    container.mount("/a", "tmpfs").mount("/a/b", "tmpfs").mount("/a/b/c", "tmpfs");
    assertThat(container.shell("grep -c ' /a/b/c ' /proc/self/mountinfo")).isEqualTo("1");
  }

  @OnEachRuntime
  void a_later_mount_hides_an_earlier_one(Container container) {
    container.mount("/a/b", "tmpfs").mount("/a", "tmpfs");
    assertThat(container.shell("ls /a")).isEmpty();
  }

  /// config#mounts: options ro, nosuid, nodev, noexec, noatime and their opposites
  @OnEachRuntime(differs = "crun 1.8, 1.28: rw does not undo ro")
  void the_options_of_a_mount_are_those_given(Container container) {
    container
        .mount("/a", "tmpfs", "ro", "nosuid", "nodev", "noexec", "noatime", "size=1m", "mode=700")
        .mount("/b", "tmpfs", "nosuid", "suid", "ro", "rw", "noexec", "exec", "nodev", "dev")
        .mount("/c", "tmpfs", "strictatime")
        .mount("/d", "tmpfs", "nodiratime", "relatime", "sync", "dirsync");

    var mounts = container.script("cat /proc/self/mounts; stat -c %a /a").run().succeeded().lines();

    assertThat(options(mounts, "/a"))
        .contains("ro", "nosuid", "nodev", "noexec", "noatime", "size=1024k", "mode=700");
    assertThat(options(mounts, "/b")).contains("rw", "relatime").doesNotContain("nosuid", "noexec");
    assertThat(options(mounts, "/c")).doesNotContain("relatime", "noatime");
    assertThat(options(mounts, "/d")).contains("nodiratime", "sync", "dirsync");
    assertThat(mounts.getLast()).isEqualTo("700");
  }

  /// config#mounts: rnoatime and its kind
  @OnEachRuntime(differs = "crun 1.8, 1.28: EINVAL of mount_setattr(2)")
  void a_recursive_access_time_option_reaches_what_is_below(Container container)
      throws IOException {
    var source = withMountBelow(container);
    try {
      container.bind(source, "/all", "rbind", "rnoatime", "rnodiratime");

      assertThat(options(container.shell("cat /proc/self/mounts").lines().toList(), "/all/below"))
          .contains("noatime", "nodiratime");
    } finally {
      unmount(source);
    }
  }

  /// mount(8): "defaults" is no option of a filesystem
  @OnEachRuntime(differs = "runc 1.1, 1.3: hands it to the filesystem")
  void defaults_is_no_option_of_a_filesystem(Container container) {
    assertThat(container.mount("/e", "tmpfs", "defaults").shell("ls /e")).isEmpty();
  }

  /// config#mounts: an option that nobody knows is the filesystem's, and its error is one
  @OnEachRuntime
  void an_unknown_option_is_refused(Container container) {
    assertThat(container.mount("/a", "tmpfs", "bogus=1").script("true").run().code()).isEqualTo(1);
  }

  @OnEachRuntime
  void an_unknown_type_is_refused(Container container) {
    assertThat(container.mount("/a", "bogusfs").script("true").run().code()).isEqualTo(1);
  }

  /// config#mounts: bind, of a directory
  @OnEachRuntime
  void a_directory_is_bound(Container container) throws IOException {
    var source = Files.createDirectories(container.bundle().resolve("source"));
    Files.writeString(source.resolve("file"), "content");

    assertThat(container.bind(source, "/made/on/the/way").shell("cat /made/on/the/way/file"))
        .isEqualTo("content");
  }

  /// config#mounts: bind, of a file, for which an empty file is made
  @OnEachRuntime
  void a_file_is_bound(Container container) throws IOException {
    var source = Files.writeString(container.bundle().resolve("source"), "content");

    assertThat(
            container
                .bind(source, "/etc/new/file")
                .shell("cat /etc/new/file; echo more >/etc/new/file"))
        .isEqualTo("content");
    assertThat(source).hasContent("more");
  }

  /// config#mounts: a relative source is below the bundle
  @OnEachRuntime
  void a_relative_source_is_below_the_bundle(Container container) throws IOException {
    Files.writeString(container.bundle().resolve("source"), "content");

    assertThat(container.bind(Path.of("source"), "/file").shell("cat /file")).isEqualTo("content");
  }

  /// config#mounts: options beside bind hold for the mount alone
  @OnEachRuntime
  void a_bound_directory_has_options_of_its_own(Container container) throws IOException {
    var source = Files.createDirectories(container.bundle().resolve("source"));
    container.bind(source, "/mnt", "ro", "nosuid", "nodev", "noexec");

    var run = container.script("touch /mnt/x; grep ' /mnt ' /proc/self/mounts").run();

    assertThat(run.errors()).contains("Read-only file system");
    assertThat(options(run.lines(), "/mnt")).contains("ro", "nosuid", "nodev", "noexec");
    Files.writeString(source.resolve("host"), "writes");
  }

  /// config#mounts: rbind takes the mounts below along, bind does not
  @OnEachRuntime
  void only_rbind_takes_what_is_mounted_below(Container container) throws IOException {
    var source = withMountBelow(container);
    try {
      container.bind(source, "/one", "bind").bind(source, "/all", "rbind");

      assertThat(container.shell("ls /one/below /all/below"))
          .isEqualTo("/all/below:\nfile\n\n/one/below:");
    } finally {
      unmount(source);
    }
  }

  /// config#mounts: rro holds for the mounts below, ro does not
  @OnEachRuntime
  void rro_is_recursive_and_ro_is_not(Container container) throws IOException {
    var source = withMountBelow(container);
    try {
      container.bind(source, "/one", "rbind", "ro").bind(source, "/all", "rbind", "rro");

      var run = container.script("touch /one/below/a && echo one; touch /all/below/b").run();

      assertThat(run.out()).isEqualTo("one\n");
      assertThat(run.errors()).contains("/all/below/b: Read-only file system");
    } finally {
      unmount(source);
    }
  }

  /// config#mounts: the other recursive options
  @OnEachRuntime
  void each_recursive_option_reaches_what_is_below(Container container) throws IOException {
    var source = withMountBelow(container);
    try {
      container.bind(source, "/all", "rbind", "rnosuid", "rnodev", "rnoexec");

      var mounts = container.script("cat /proc/self/mounts").run().succeeded().lines();

      assertThat(options(mounts, "/all/below")).contains("nosuid", "nodev", "noexec");
    } finally {
      unmount(source);
    }
  }

  /// config#mounts: tmpcopyup
  @OnEachRuntime
  void tmpcopyup_fills_a_tmpfs_with_what_was_there(Container container) {
    container.mount("/etc", "tmpfs", "tmpcopyup");

    assertThat(container.shell("cat /etc/group; echo x >> /etc/group"))
        .isEqualTo("root:x:0:\ndaemon:x:1:");
    assertThat(container.rootfs().resolve("etc/group")).hasContent("root:x:0:\ndaemon:x:1:\n");
  }

  /// config#mounts: nosymfollow
  @OnEachRuntime(differs = "crun 1.8, 1.28: no nosymfollow")
  void nosymfollow_stops_symbolic_links(Container container) {
    container.mount("/a", "tmpfs", "nosymfollow");

    assertThat(container.script("ln -s /etc/group /a/link; cat /a/link").run().errors())
        .contains("Too many levels of symbolic links");
  }

  /// config#mounts: the destination is absolute
  @OnEachRuntime
  void a_relative_destination_is_taken_from_the_root_or_refused(Container container) {
    var run = container.mount("a", "tmpfs").script("grep -c ' /a ' /proc/self/mounts").run();

    assertThat(run.out()).isEqualTo(run.code() == 0 ? "1\n" : "");
  }

  /// config#mounts: idmap with mappings of its own
  @OnEachRuntime(differs = "runc 1.1: no idmap")
  void a_bind_mount_is_idmapped(Container container) throws IOException {
    Bundle.needIdmapping();
    var source = Files.createDirectories(container.bundle().resolve("source"));
    Files.writeString(source.resolve("file"), "");
    var mapping = List.of(Json.object("containerID", 0, "hostID", 1000, "size", 10));
    container.add(
        "mounts",
        Json.object(
            "destination",
            "/mnt",
            "type",
            "bind",
            "source",
            source.toString(),
            "options",
            List.of("bind", "idmap"),
            "uidMappings",
            mapping,
            "gidMappings",
            mapping));

    assertThat(container.shell("stat -c %u:%g /mnt/file")).isEqualTo("1000:1000");
  }

  /// config#mounts: ridmap holds for the mounts below, too
  @OnEachRuntime(differs = {"runc 1.1: no ridmap", "crun 1.8: no ridmap"})
  void a_recursive_idmap_reaches_what_is_below(Container container) throws IOException {
    Bundle.needIdmapping();
    var source = withMountBelow(container);
    try {
      var mapping = List.of(Json.object("containerID", 0, "hostID", 1000, "size", 10));
      container.add(
          "mounts",
          Json.object(
              "destination",
              "/mnt",
              "type",
              "bind",
              "source",
              source.toString(),
              "options",
              List.of("rbind", "ridmap"),
              "uidMappings",
              mapping,
              "gidMappings",
              mapping));

      assertThat(container.shell("stat -c %u:%g /mnt /mnt/below/file"))
          .isEqualTo("1000:1000\n1000:1000");
    } finally {
      unmount(source);
    }
  }

  /// config-linux#default-filesystems: /proc, /sys, /dev/pts, /dev/shm
  @OnEachRuntime
  void the_default_filesystems_are_there(Container container) {
    assertThat(
            container.shell(
                "cd /; grep -E ' /(proc|sys|dev/pts|dev/shm|dev/mqueue) ' /proc/self/mounts | cut -d' ' -f2,3 | sort"))
        .isEqualTo("/dev/mqueue mqueue\n/dev/pts devpts\n/dev/shm tmpfs\n/proc proc\n/sys sysfs");
  }

  /// config-linux#cgroup: a mount of type cgroup shows the container's own and no more
  @OnEachRuntime
  void the_cgroups_are_mounted(Container container) {
    container
        .mount("/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro")
        .add("linux.namespaces", Json.object("type", "cgroup"));

    var run =
        container
            .script(
                "cat %1$s/cgroup.procs %2$s/cgroup.procs; mkdir %1$s/new; ls -d %3$s"
                    .formatted(
                        Cgroups.hierarchy("memory"),
                        Cgroups.hierarchy("pids"),
                        Cgroups.hierarchy("cpu")))
            .run();

    assertThat(run.lines()).contains("1", Cgroups.hierarchy("cpu").toString());
    assertThat(run.errors()).contains("Read-only file system");
  }

  @OnEachRuntime
  void the_cgroups_are_mounted_without_a_namespace(Container container) {
    container.mount("/sys/fs/cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");

    assertThat(container.shell("cat $(find /sys/fs/cgroup -name cgroup.procs)").lines())
        .contains("1");
  }

  /// Mounts of the container are not seen by the host.
  @OnEachRuntime
  void the_host_sees_no_mount_of_the_container(Container container) throws IOException {
    container.mount("/a", "tmpfs").up();

    assertThat(Files.readString(Path.of("/proc/self/mountinfo")))
        .doesNotContain(container.rootfs().toString());
  }

  /// config-linux#rootfsPropagation: the optional field of the root in mountinfo
  @OnEachRuntime(differs = "runc 1.1: leaves a shared root private")
  void the_propagation_of_the_root_is_the_one_given(Containers containers) throws IOException {
    for (String propagation : List.of("private", "slave", "shared")) {
      var container = containers.another().set("linux.rootfsPropagation", propagation);
      String root =
          container.shell("grep ' / / ' /proc/self/mountinfo || grep ' / rw' /proc/self/mountinfo");
      assertThat(root.contains("shared:"))
          .as(propagation + ": " + root)
          .isEqualTo(propagation.equals("shared"));
    }
  }

  /// config-linux#rootfsPropagation: a bind mount of the root fails where it is unbindable
  @OnEachRuntime(differs = "runc 1.1: leaves an unbindable root bindable")
  void an_unbindable_root_cannot_be_bound(Container container) {
    container.set("linux.rootfsPropagation", "unbindable").capabilities("CAP_SYS_ADMIN");

    assertThat(container.script("mount -o bind / /tmp").run().code()).isNotZero();
  }

  /// config#mounts: what the host mounts later is seen below rslave, and not below rprivate
  @OnEachRuntime
  void propagation_options_decide_what_arrives_later(Container container) throws IOException {
    var source = Files.createDirectories(container.bundle().resolve("source"));
    Command.of("mount", "-t", "tmpfs", "tmpfs", source.toString()).run().succeeded();
    try {
      Command.of("mount", "--make-shared", source.toString()).run().succeeded();
      Files.createDirectories(source.resolve("below"));
      container
          .set("linux.rootfsPropagation", "rslave")
          .bind(source, "/slave", "rbind", "rslave")
          .bind(source, "/private", "rbind", "rprivate")
          .up();
      Command.of("mount", "-t", "tmpfs", "late", source.resolve("below").toString())
          .run()
          .succeeded();

      var mounts = container.exec("grep", "late", "/proc/self/mounts").text();

      assertThat(mounts).contains("late /slave/below ").doesNotContain("/private");
    } finally {
      container.delete("--force").succeeded();
      Command.of("umount", "-R", source.toString()).run().succeeded();
    }
  }

  /// config#mounts: what the container mounts below rshared is seen by the host
  @OnEachRuntime
  void a_shared_mount_propagates_to_the_host(Container container) throws IOException {
    var source = Files.createDirectories(container.bundle().resolve("source"));
    Command.of("mount", "-t", "tmpfs", "tmpfs", source.toString()).run().succeeded();
    try {
      Command.of("mount", "--make-shared", source.toString()).run().succeeded();
      container
          .set("linux.rootfsPropagation", "shared")
          .capabilities("CAP_SYS_ADMIN")
          .bind(source, "/shared", "rbind", "rshared")
          .script("mkdir /shared/new && mount -t tmpfs inner /shared/new")
          .run()
          .succeeded();

      assertThat(Files.readString(Path.of("/proc/self/mounts")))
          .contains("inner " + source.resolve("new"));
    } finally {
      Command.of("umount", "-R", source.toString()).run().succeeded();
    }
  }

  private static Path withMountBelow(Container container) throws IOException {
    var source = Files.createDirectories(container.bundle().resolve("source"));
    Command.of("mount", "-t", "tmpfs", "tmpfs", source.toString()).run().succeeded();
    var below = Files.createDirectory(source.resolve("below"));
    Command.of("mount", "-t", "tmpfs", "tmpfs", below.toString()).run().succeeded();
    Files.writeString(below.resolve("file"), "");
    return source;
  }

  private static void unmount(Path source) {
    Command.of("umount", "-R", source.toString()).run().succeeded();
  }

  private static List<String> options(List<String> mounts, String target) {
    return mounts.stream()
        .filter(line -> line.contains(" " + target + " "))
        .map(line -> List.of(line.split(" ")[3].split(",")))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no mount " + target + ": " + mounts));
  }
}
