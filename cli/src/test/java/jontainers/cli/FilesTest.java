package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files of the host and in memory, as `-v`, `--mount` and `--tmpfs` show them.
@KernelTest
class FilesTest {
  @RegisterExtension final Machine machine = new Machine();

  @Test
  void a_directory_is_shared_and_made_where_it_is_missing() throws IOException {
    assertThat(machine.run("-v", "./data:/data", "sh", "-c", "echo hi > /data/f").errors())
        .isEmpty();

    assertThat(Files.readString(machine.directory().resolve("data/f"))).isEqualTo("hi\n");
  }

  @Test
  void a_read_only_directory_cannot_be_written_nor_what_is_mounted_in_it() throws IOException {
    Files.createDirectories(machine.directory().resolve("data/sub"));
    machine.text("mount", "-t", "tmpfs", "x", machine.directory().resolve("data/sub").toString());
    try {
      var run =
          machine.run("-v", "./data:/data:ro", "sh", "-c", "echo a >/data/f; echo b >/data/sub/f");
      assertThat(run.errors().lines())
          .hasSize(2)
          .allMatch(l -> l.contains("Read-only file system"));
      var above =
          machine.run(
              "--mount",
              "type=bind,src=./data,dst=/data,ro,bind-recursive=writable",
              "sh",
              "-c",
              "echo a >/data/f; echo b >/data/sub/f");
      assertThat(above.errors().lines()).hasSize(1);
      var alone =
          machine.run(
              "--mount",
              "type=bind,src=./data,dst=/data,bind-nonrecursive",
              "grep",
              " /data/sub ",
              "/proc/mounts");
      assertThat(alone.code()).isEqualTo(1);
    } finally {
      machine.text("umount", machine.directory().resolve("data/sub").toString());
    }
  }

  @Test
  void a_file_of_the_host_takes_the_place_of_one_of_the_image() throws IOException {
    Files.writeString(machine.directory().resolve("hosts"), "mine\n");

    assertThat(machine.run("-v", "./hosts:/etc/hosts:ro", "cat", "/etc/hosts").out())
        .isEqualTo("mine\n");
  }

  /// What is deeper is mounted later, the engine's own files, too, as with Docker 28.5.
  @Test
  void the_engines_files_are_not_covered() throws IOException {
    var etc = Files.createDirectories(machine.directory().resolve("etc"));
    var inside = machine.rootfs();
    Files.createDirectories(inside.resolve("run/resolve"));
    Files.writeString(inside.resolve("run/resolve/stub"), "the image's\n");
    Files.createDirectories(inside.resolve("etc"));
    Files.deleteIfExists(inside.resolve("etc/resolv.conf"));
    Files.createSymbolicLink(inside.resolve("etc/resolv.conf"), Path.of("../run/resolve/stub"));

    String own = machine.run("cat", "/run/resolve/stub").out();
    assertThat(own).doesNotContain("the image's");
    assertThat(machine.run("--tmpfs", "/run", "cat", "/etc/resolv.conf").out()).isEqualTo(own);
    assertThat(machine.run("-h", "box", "-v", etc + ":/etc", "cat", "/etc/hostname").out())
        .isEqualTo("box\n");
  }

  @Test
  void files_in_memory_have_a_size_and_options() throws IOException {
    assertThat(machine.shell("true").errors()).isEmpty();
    assertThat(
            machine
                .run(
                    "--tmpfs",
                    "/scratch:size=64k,exec",
                    "--mount",
                    "type=tmpfs,dst=/other,tmpfs-mode=1777",
                    "sh",
                    "-c",
                    "grep -E '^tmpfs /(scratch|other)' /proc/mounts; stat -c %a /other;"
                        + " head -c 100k /dev/zero > /scratch/f || echo full")
                .lines())
        .containsExactlyInAnyOrder(
            "tmpfs /scratch tmpfs rw,nosuid,nodev,relatime,size=64k 0 0",
            "tmpfs /other tmpfs rw,nosuid,nodev,noexec,relatime 0 0",
            "1777",
            "full");
  }

  /// A mount that the host makes later is seen through a slave and not through a private one.
  @ParameterizedTest
  @CsvSource({"rslave,seen", "rprivate,hidden"})
  void later_mounts_travel_as_was_asked_for(String propagation, String expected)
      throws IOException {
    var data = machine.directory().resolve("data");
    Files.createDirectories(data.resolve("sub"));
    machine.text("mount", "--bind", data.toString(), data.toString());
    machine.text("mount", "--make-shared", data.toString());
    try (var run =
        machine.begin(
            "-i",
            "-v",
            "./data:/data:" + propagation,
            "sh",
            "-c",
            "echo ready; read x; test -e /data/sub/f && echo seen || echo hidden")) {
      run.await("ready");
      machine.text("mount", "-t", "tmpfs", "x", data.resolve("sub").toString());
      Files.writeString(data.resolve("sub/f"), "");
      run.type("go");
      assertThat(run.line()).isEqualTo(expected);
      assertThat(run.end()).isZero();
    } finally {
      machine.text("umount", "-R", data.toString());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "type=bind,src=/none/such,dst=/x;bind source path does not exist: /none/such",
        "type=bind,src=/etc,dst=/proc/self;inside /proc",
        "type=bind,src=/etc,dst=/;the container's root",
        "type=bind,src=/etc,dst=x;absolute path",
        "type=disk,src=/etc,dst=/x;unknown type: disk",
        "src=/etc,dst=/x;no volumes in this version",
      })
  void a_mount_that_cannot_be_is_refused(String mount, String message) throws IOException {
    var run = machine.run("--mount", mount, "true");

    assertThat(run.code()).isEqualTo(125);
    assertThat(run.errors()).startsWith("jontainers: ").contains(message);
  }
}
