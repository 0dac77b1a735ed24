package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What a container has made of its filesystem is in the tar, as other people's programs read it.
@KernelTest
class ExportTest {
  private static final String LONG =
      "d".repeat(120) + "/" + "e".repeat(120) + "/" + "f".repeat(120);

  /// Executed in the container; the last lines make names with a line end, UTF-8 and a byte that is
  /// neither.
  private static final String MAKE =
      """
      cd /tmp
      echo suid > suid; chmod 4755 suid
      echo owned > owned; chown 12345:54321 owned
      touch -d '2001-02-03 04:05:06' dated
      ln -s ../no/where symbolic
      echo hard > hard; ln hard other
      mkfifo fifo
      mknod device c 1 3
      mkdir sticky; chmod 1777 sticky
      mkdir -p %s; echo long > %s/g
      rm /bin/yes; rm -r /gone; mkdir /replaced/new
      truncate -s 9663676416 sparse; echo end >> sparse
      echo 1 > "$(printf 'line\\nend')"
      echo 2 > "$(printf 'umlaut-\\303\\244')"
      echo 3 > "$(printf 'byte-\\377')"
      """
          .formatted(LONG, LONG);

  /// One line for each member, with its name in ASCII.
  private static final String PYTHON =
      """
      import sys, tarfile
      for m in tarfile.open(sys.argv[1], errors="surrogateescape"):
          x = {k: v for k, v in m.pax_headers.items() if k.startswith("SCHILY.xattr")}
          print(ascii(m.name), m.type.decode(), oct(m.mode), m.uid, m.gid, m.size, int(m.mtime),
                ascii(m.linkname), m.devmajor, m.devminor, ascii(x))
      """;

  @RegisterExtension final Machine machine = new Machine();

  @Test
  void tar_and_python_read_what_the_container_made() throws IOException {
    export();

    assertThat(Files.size(machine.directory().resolve("x.tar"))).isLessThan(20_000_000);
    assertThat(python("x.tar"))
        .anyMatch(l -> l.startsWith("'./tmp/suid' 0 0o4755 0 0 5 "))
        .anyMatch(l -> l.startsWith("'./tmp/owned' 0 0o644 12345 54321 6 "))
        .anyMatch(l -> l.startsWith("'./tmp/dated' 0 0o644 0 0 0 981173106 "))
        .anyMatch(
            l -> l.startsWith("'./tmp/symbolic' 2 0o777 0 0 0 ") && l.contains("'../no/where'"))
        .anyMatch(l -> l.startsWith("'./tmp/fifo' 6 0o644 0 0 0 "))
        .anyMatch(l -> l.startsWith("'./tmp/device' 3 0o644 0 0 0 ") && l.contains("'' 1 3 "))
        .anyMatch(l -> l.startsWith("'./tmp/sticky' 5 0o1777 "))
        .anyMatch(l -> l.startsWith("'./tmp/" + LONG + "/g' 0 0o644 0 0 5 "))
        .anyMatch(l -> l.startsWith("'./tmp/sparse' ") && l.contains(" 9663676420 "))
        .anyMatch(l -> l.startsWith("'./tmp/line\\nend' 0 "))
        .anyMatch(l -> l.startsWith("'./tmp/umlaut-\\xe4' 0 "))
        .anyMatch(l -> l.startsWith("'./tmp/byte-\\udcff' 0 "))
        .anyMatch(l -> l.startsWith("'./replaced/new' 5 "))
        .noneMatch(l -> l.startsWith("'./bin/yes'") || l.startsWith("'./gone"));
  }

  @Test
  void gnu_tar_makes_the_same_tree_of_it() throws IOException {
    var there = machine.directory().resolve("there");
    export();
    Files.createDirectory(there);
    machine.text("tar", "-xpf", "x.tar", "-C", there.toString(), "--numeric-owner");

    assertThat(
            machine
                .text(
                    "sh",
                    "-c",
                    "cd there/tmp; stat -c '%n %F %a %u %g %s %h %t:%T' s* o* f* d?*e* h*")
                .lines())
        .contains(
            "suid regular file 4755 0 0 5 1 0:0",
            "sticky directory 1777 0 0 " + Files.size(there.resolve("tmp/sticky")) + " 2 0:0",
            "sparse regular file 644 0 0 9663676420 1 0:0",
            "symbolic symbolic link 777 0 0 11 1 0:0",
            "owned regular file 644 12345 54321 6 1 0:0",
            "other regular file 644 0 0 5 2 0:0",
            "hard regular file 644 0 0 5 2 0:0",
            "fifo fifo 644 0 0 0 1 0:0",
            "device character special file 644 0 0 0 1 1:3");
    assertThat(Files.getAttribute(there.resolve("tmp/hard"), "unix:ino"))
        .isEqualTo(Files.getAttribute(there.resolve("tmp/other"), "unix:ino"));
    assertThat(machine.text("tail", "-c", "4", "there/tmp/sparse")).isEqualTo("end");
    assertThat(machine.text("stat", "-c", "%Y", "there/tmp/dated")).isEqualTo("981173106");
    assertThat(machine.text("find", "there/tmp", "-name", "byte-*")).isNotEmpty();
  }

  @Test
  void extended_attributes_are_kept() throws IOException {
    var program = machine.rootfs().resolve("bin/privileged");
    Files.copy(Path.of("/bin/busybox"), program);
    machine.text("setcap", "cap_net_raw+ep", program.toString());
    machine.text("setfattr", "-n", "user.note", "-v", "from below", program.toString());

    machine.run("--export", "x.tar", "true");
    machine.text("mkdir", "there");
    machine.text(
        "tar",
        "-xpf",
        "x.tar",
        "-C",
        "there",
        "--xattrs",
        "--xattrs-include=*",
        "./bin/privileged");

    assertThat(machine.text("getcap", "there/bin/privileged")).endsWith(" cap_net_raw=ep");
    assertThat(machine.text("getfattr", "--only-values", "-n", "user.note", "there/bin/privileged"))
        .isEqualTo("from below");
    assertThat(python("x.tar"))
        .anyMatch(l -> l.startsWith("'./bin/privileged'") && l.contains("SCHILY.xattr.user.note"))
        .noneMatch(l -> l.contains("trusted.overlay"));
  }

  @Test
  void sockets_and_what_is_mounted_are_left_out() throws IOException {
    machine.text(
        "python3",
        "-c",
        "import socket; socket.socket(socket.AF_UNIX).bind('" + machine.rootfs() + "/tmp/socket')");

    machine.run("--export", "x.tar", "true");

    assertThat(python("x.tar"))
        .anyMatch(l -> l.startsWith("'./tmp' 5 "))
        .anyMatch(l -> l.startsWith("'./proc' 5 "))
        .anyMatch(l -> l.startsWith("'./dev' 5 "))
        .noneMatch(l -> l.startsWith("'./tmp/socket'"))
        .noneMatch(l -> l.startsWith("'./proc/") || l.startsWith("'./sys/"));
  }

  @Test
  void the_tar_can_go_to_standard_output() throws IOException {
    var tar = machine.directory().resolve("out.tar");
    var outcome = machine.run("--export", "-", "sh", "-c", "echo said; echo kept > /kept; exit 5");

    assertThat(outcome.errors()).isEqualTo("said\n");
    assertThat(outcome.code()).isEqualTo(5);
    Files.write(tar, outcome.output());
    assertThat(python("out.tar")).anyMatch(l -> l.startsWith("'./kept' 0 0o644 0 0 5 "));
  }

  @Test
  void the_file_is_complete_and_its_owners_alone_whatever_the_program_ended_with()
      throws IOException {
    Files.writeString(machine.directory().resolve("x.tar"), "old");

    assertThat(machine.run("--export", "x.tar", "sh", "-c", "exit 5").code()).isEqualTo(5);

    assertThat(python("x.tar")).anyMatch(l -> l.startsWith("'./bin/busybox' 0 "));
    assertThat(machine.text("stat", "-c", "%a", "x.tar")).isEqualTo("600");
  }

  @Test
  void a_full_disk_leaves_the_old_file_and_nothing_else() throws IOException {
    var disk = Files.createDirectory(machine.directory().resolve("disk"));
    machine.text("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString());
    try {
      Files.writeString(disk.resolve("x.tar"), "old");

      var outcome = machine.run("--export", "disk/x.tar", "true");

      assertThat(outcome.errors())
          .matches(
              "jontainers: cannot export to "
                  + disk
                  + "/x.tar: .*No space left on device.*\n"
                  + "hint: free some space, or export to another file system\n");
      assertThat(outcome.code()).isEqualTo(125);
      assertThat(disk.resolve("x.tar")).hasContent("old");
      assertThat(Machine.names(disk)).containsExactly("x.tar");
    } finally {
      machine.text("umount", disk.toString());
    }
  }

  @Test
  void a_directory_that_is_removed_meanwhile_is_told() throws IOException {
    var directory = Files.createDirectory(machine.directory().resolve("away"));
    try (var run = machine.begin("--export", "away/x.tar", "-i", "sh", "-c", "echo up; cat")) {
      run.await("up");
      Files.delete(directory);

      assertThat(run.end()).isEqualTo(125);
      assertThat(run.errors())
          .startsWith("jontainers: cannot export to " + directory + "/x.tar: ")
          .contains("no such directory");
    }
  }

  private void export() throws IOException {
    Files.createDirectories(machine.rootfs().resolve("gone/below"));
    Files.createDirectories(machine.rootfs().resolve("replaced"));
    assertThat(machine.run("--export", "x.tar", "sh", "-ec", MAKE).errors()).isEmpty();
  }

  private List<String> python(String tar) throws IOException {
    return machine.text("python3", "-c", PYTHON, tar).lines().toList();
  }
}
