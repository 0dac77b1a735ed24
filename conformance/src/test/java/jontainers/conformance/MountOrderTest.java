package jontainers.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jontainers.testkit.ConformanceTest;

/// config.md, Mounts: "The runtime MUST mount entries in the listed order", and what follows from
/// that: what a mount covers, what it is made of, when it becomes read-only.
@ConformanceTest
class MountOrderTest {
  /// config#mounts: in the listed order
  @OnEachRuntime
  void mounts_are_listed_in_the_order_of_the_configuration(Container container) throws IOException {
    var source = Files.createDirectories(container.bundle().resolve("source"));
    container
        .mount("/one", "tmpfs")
        .bind(source, "/two")
        .mount("/three", "sysfs")
        .bind(source, "/four", "rbind", "rprivate")
        .mount("/five", "proc");

    var places =
        container
            .script(
                "cut -d ' ' -f 5 /proc/self/mountinfo | grep -e one -e two -e three -e four -e five")
            .run()
            .succeeded()
            .lines();

    assertThat(places).containsExactly("/one", "/two", "/three", "/four", "/five");
  }

  /// config#mounts: a source that is an earlier mount of the same container
  @OnEachRuntime
  void an_earlier_mount_can_be_a_source(Container container) throws IOException {
    var first = Files.createDirectories(container.bundle().resolve("first"));
    Files.writeString(first.resolve("file"), "content");
    container
        .bind(first, "/first")
        .bind(container.rootfs().resolve("first"), "/second")
        .bind(container.rootfs().resolve("first/file"), "/third", "rbind", "rprivate");

    assertThat(container.shell("cat /second/file; cat /third")).isEqualTo("contentcontent");
  }

  @OnEachRuntime
  void a_readonly_dev_holds_what_it_has_to(Container container) {
    container.mountOptions("/dev", "nosuid", "strictatime", "mode=755", "size=65536k", "ro");

    assertThat(
            container.shell(
                "echo x >/dev/null && cat /dev/zero | head -c 1 | wc -c; "
                    + "touch /dev/new 2>/dev/null || echo refused"))
        .isEqualTo("1\nrefused");
  }

  @OnEachRuntime(without = "crun 1.8: makes it read-only at once")
  void a_mount_can_be_made_in_a_readonly_filesystem_in_memory(Container container)
      throws IOException {
    var source = Files.createDirectories(container.bundle().resolve("source"));
    Files.writeString(source.resolve("file"), "content");
    container.mount("/a", "tmpfs", "ro").bind(source, "/a/b");

    assertThat(container.shell("cat /a/b/file; touch /a/new 2>/dev/null || echo ' refused'"))
        .isEqualTo("content refused");
  }

  /// mount_setattr(2): an option for a whole tree is one for a mount that has nothing below it
  @OnEachRuntime(differs = {"runc 1.1: ignores it", "runc 1.3: ignores it"})
  void a_recursive_option_holds_for_a_new_filesystem(Container container) {
    container.mount("/a", "tmpfs", "rro", "rnosuid");

    assertThat(container.shell("grep ' /a ' /proc/self/mounts | cut -d ' ' -f 4 | cut -d , -f 1-2"))
        .isEqualTo("ro,nosuid");
  }

  /// Documentation/filesystems/overlayfs.rst: its directories are the host's
  @OnEachRuntime
  void an_overlay_of_directories_of_the_host(Container container) throws IOException {
    var lower = Files.createDirectories(container.bundle().resolve("lower"));
    Files.writeString(lower.resolve("file"), "content");
    var upper = Files.createDirectories(container.bundle().resolve("upper"));
    var work = Files.createDirectories(container.bundle().resolve("work"));
    container.mount("/o", "overlay", "lowerdir=" + lower, "upperdir=" + upper, "workdir=" + work);

    assertThat(container.shell("cat /o/file; echo more >/o/new")).isEqualTo("content");
    assertThat(upper.resolve("new")).hasContent("more");
  }

  @OnEachRuntime(differs = "crun 1.8: always 1777")
  void a_filesystem_in_memory_keeps_the_mode_of_what_it_covers(Container container)
      throws IOException {
    Command.of("mkdir", "-m", "0712", container.rootfs().resolve("a").toString()).run();
    Command.of("mkdir", "-m", "7770", container.rootfs().resolve("b").toString()).run();
    container
        .mount("/a", "tmpfs")
        .mount("/b", "tmpfs")
        .mount("/c", "tmpfs")
        .mount("/d", "tmpfs", "mode=0700");

    assertThat(container.shell("stat -c %a /a /b /c /d")).isEqualTo("712\n7770\n1777\n700");
  }

  @OnEachRuntime
  void a_link_that_leads_nowhere_yet_is_a_place_for_a_file(Container container) throws IOException {
    var source = Files.writeString(container.bundle().resolve("source"), "content");
    Files.createDirectories(container.rootfs().resolve("etc"));
    Files.createDirectories(container.rootfs().resolve("tmp"));
    Files.createSymbolicLink(container.rootfs().resolve("etc/hosts"), Path.of("/tmp/hosts"));

    assertThat(container.bind(source, "/etc/hosts").shell("cat /etc/hosts /tmp/hosts"))
        .isEqualTo("contentcontent");
    assertThat(container.rootfs().resolve("tmp/hosts")).isEmptyFile();
  }

  /// /etc/resolv.conf of many a distribution
  @OnEachRuntime
  void a_link_into_missing_directories_is_a_place_for_a_file(Container container)
      throws IOException {
    var source = Files.writeString(container.bundle().resolve("source"), "content");
    Files.createDirectories(container.rootfs().resolve("etc"));
    Files.createSymbolicLink(
        container.rootfs().resolve("etc/resolv.conf"), Path.of("../run/systemd/resolve/stub"));

    assertThat(container.bind(source, "/etc/resolv.conf").shell("cat /run/systemd/resolve/stub"))
        .isEqualTo("content");
  }

  /// What it leads into may be an earlier mount.
  @OnEachRuntime
  void a_link_into_an_earlier_mount_is_a_place_for_a_file(Container container) throws IOException {
    var source = Files.writeString(container.bundle().resolve("source"), "content");
    Files.createDirectories(container.rootfs().resolve("etc"));
    Files.createSymbolicLink(
        container.rootfs().resolve("etc/resolv.conf"), Path.of("../run/systemd/resolve/stub"));

    container.mount("/run", "tmpfs").bind(source, "/etc/resolv.conf");

    assertThat(container.shell("cat /run/systemd/resolve/stub")).isEqualTo("content");
    assertThat(container.rootfs().resolve("run/systemd")).doesNotExist();
  }

  /// What the image has there is covered.
  @OnEachRuntime
  void a_link_to_what_an_earlier_mount_covers_is_a_place_for_a_file(Container container)
      throws IOException {
    var source = Files.writeString(container.bundle().resolve("source"), "content");
    Files.createDirectories(container.rootfs().resolve("etc"));
    Files.createDirectories(container.rootfs().resolve("run/systemd/resolve"));
    var own = Files.writeString(container.rootfs().resolve("run/systemd/resolve/stub"), "own");
    Files.createSymbolicLink(
        container.rootfs().resolve("etc/resolv.conf"), Path.of("../run/systemd/resolve/stub"));

    container.mount("/run", "tmpfs").bind(source, "/etc/resolv.conf");

    assertThat(container.shell("cat /etc/resolv.conf /run/systemd/resolve/stub"))
        .isEqualTo("contentcontent");
    assertThat(own).hasContent("own");
  }

  @OnEachRuntime(differs = "crun 1.8, 1.28: openat2: No such file or directory")
  void a_link_that_leads_nowhere_yet_is_a_place_for_a_directory(Container container)
      throws IOException {
    Files.createSymbolicLink(container.rootfs().resolve("data"), Path.of("/srv/data"));

    assertThat(container.mount("/data", "tmpfs").shell("grep -o /srv/data /proc/self/mounts"))
        .isEqualTo("/srv/data");
  }

  @OnEachRuntime
  void rbind_stays_recursive_beside_bind(Container container) throws IOException {
    var source = Files.createDirectories(container.bundle().resolve("source"));
    Command.of("mount", "-t", "tmpfs", "tmpfs", source.toString()).run().succeeded();
    try {
      var below = Files.createDirectory(source.resolve("below"));
      Command.of("mount", "-t", "tmpfs", "tmpfs", below.toString()).run().succeeded();
      Files.writeString(below.resolve("file"), "content");
      container.bind(source, "/mnt", "rbind", "bind");

      assertThat(container.shell("cat /mnt/below/file")).isEqualTo("content");
    } finally {
      Command.of("umount", "-R", source.toString()).run().succeeded();
    }
  }

  /// config#mounts: a destination that is not absolute is below the root
  @OnEachRuntime
  void a_relative_destination_is_below_the_root(Container container) throws IOException {
    var source = Files.writeString(container.bundle().resolve("source"), "content");
    container.bind(source, "tmp/rel").mount("tmp/../mem", "tmpfs");

    assertThat(container.shell("cat /tmp/rel; grep -o ' /mem ' /proc/self/mounts"))
        .isEqualTo("content /mem");
  }

  @OnEachRuntime(differs = "crun 1.8, 1.28: names the place without its slash")
  void a_directory_is_not_mounted_on_a_file(Container container) throws IOException {
    var source = Files.createDirectories(container.bundle().resolve("source"));
    Files.writeString(container.rootfs().resolve("file"), "");

    var ended = container.bind(source, "/file").script("true").run();

    assertThat(ended.code()).isNotZero();
    assertThat(ended.errors()).containsIgnoringCase("not a directory").contains("/file");
  }

  @OnEachRuntime
  void a_file_is_not_mounted_on_a_directory(Container container) throws IOException {
    var source = Files.writeString(container.bundle().resolve("source"), "");
    Files.createDirectories(container.rootfs().resolve("directory"));

    var ended = container.bind(source, "/directory").script("true").run();

    assertThat(ended.code()).isNotZero();
    assertThat(ended.errors()).containsIgnoringCase("directory");
  }

  /// config-linux#rootfs-mount-propagation: a private root has nothing that follows the host
  @OnEachRuntime
  void nothing_below_a_private_root_follows_the_host(Containers containers) throws IOException {
    var source = Files.createDirectories(containers.directory().resolve("shared"));
    Command.of("mount", "-t", "tmpfs", "tmpfs", source.toString()).run().succeeded();
    Command.of("mount", "--make-shared", source.toString()).run().succeeded();
    try {
      var container =
          containers.another().set("linux.rootfsPropagation", "rprivate").bind(source, "/mnt");
      assertThat(container.shell("grep ' /mnt ' /proc/self/mountinfo"))
          .doesNotContain("shared:", "master:");
    } finally {
      Command.of("umount", "-R", source.toString()).run().succeeded();
    }
  }
}
