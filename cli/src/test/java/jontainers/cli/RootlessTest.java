package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jontainers.testkit.InVm;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whoever is not root has containers, too.
@KernelTest
@InVm
class RootlessTest {
  private static final String USER = "4321";

  @RegisterExtension final Machine machine = new Machine();

  @BeforeEach
  void theDirectoryIsTheUsers() throws IOException {
    machine.text("chown", "-R", USER + ":" + USER, machine.directory().toString());
    var seen = machine.program(as("test", "-r", machine.command().getFirst()));
    assumeTrue(seen.code() == 0, "the checkout cannot be read by others");
  }

  /// Return the words that run a program as an ordinary user with a home.
  private String[] as(String... words) {
    var all =
        new ArrayList<>(
            List.of("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", "env"));
    all.add("HOME=" + machine.directory());
    all.addAll(List.of(words));
    return all.toArray(String[]::new);
  }

  private Machine.Outcome jontainers(String... arguments) throws IOException {
    return machine.program(as(machine.command(arguments).toArray(String[]::new)));
  }

  private Machine.Outcome run(String... arguments) throws IOException {
    return jontainers(
        Stream.concat(
                Stream.of("run", "--rm", "--network", "none", "--rootfs", "fs/orig"),
                Stream.of(arguments))
            .toArray(String[]::new));
  }

  @Test
  void a_user_has_images() throws IOException {
    machine.text("tar", "-C", machine.rootfs().toString(), "-cf", "rootfs.tar", ".");
    machine.text("chmod", "644", "rootfs.tar");
    for (String[] words :
        List.of(
            new String[] {"import", "-c", "CMD id -u; cat /made", "rootfs.tar", "mine"},
            new String[] {
              "run",
              "--network",
              "none",
              "--name",
              "first",
              "mine",
              "sh",
              "-c",
              "echo x > /made; rm /bin/yes; mkdir /dir"
            },
            new String[] {"commit", "-c", "CMD id -u; cat /made", "first", "mine:2"},
            new String[] {"save", "-o", "mine.tar", "mine:2"},
            new String[] {"rm", "first"},
            new String[] {"rmi", "mine", "mine:2"},
            new String[] {"load", "-i", "mine.tar"})) {
      var outcome = jontainers(words);
      assertThat(outcome.code()).as(List.of(words) + outcome.errors()).isZero();
    }
    var run = jontainers("run", "--rm", "--network", "none", "mine:2");
    assertThat(run.errors()).isEmpty();
    assertThat(run.out()).isEqualTo("0\nx\n");
    assertThat(jontainers("run", "--rm", "--network", "none", "mine:2", "ls", "/bin/yes").code())
        .as("what was deleted is gone")
        .isEqualTo(1);
    assertThat(jontainers("fsck").out()).isEqualTo("no problems\n");
  }

  @Test
  void a_user_is_root_of_its_own_container() throws IOException {
    var run =
        run(
            "sh",
            "-c",
            "id -u; cat /proc/self/uid_map; echo $$; ls / | wc -l; ip -o addr | grep -c 127.0.0.1;"
                + " echo x > /made; stat -c %u /made; mkdir /closed; chmod 0 /closed; exit 7");

    assertThat(run.errors()).isEmpty();
    assertThat(run.code()).isEqualTo(7);
    assertThat(run.lines().stream().map(l -> l.strip().replaceAll(" +", " ")))
        .containsExactly("0", "0 4321 1", "1", "7", "1", "0");
    assertThat(machine.rootfs().resolve("made")).doesNotExist();
    assertThat(Machine.names(machine.root().resolve("containers"))).isEmpty();
  }

  @Test
  void the_state_is_in_the_home_where_nothing_else_is_said() throws IOException {
    var command = machine.command().getFirst();

    var run =
        machine.program(
            as(
                command,
                "run",
                "--network",
                "none",
                "--name",
                "kept",
                "--rootfs",
                "fs/orig",
                "true"));
    var listed = machine.program(as(command, "ps", "-a"));
    var removed = machine.program(as(command, "rm", "kept"));

    assertThat(run.errors()).isEmpty();
    assertThat(listed.out()).contains("Exited (0)", "kept");
    assertThat(removed.code()).as(removed.errors()).isZero();
    assertThat(machine.directory().resolve(".local/share/jontainers/containers"))
        .isEmptyDirectory();
  }

  @Test
  void the_filesystem_can_be_saved() throws IOException {
    var run =
        run("--export", "out.tar", "sh", "-c", "echo x > /made; rm /bin/wget; chmod 600 /made");

    assertThat(run.errors()).isEmpty();
    assertThat(machine.text("stat", "-c", "%u", machine.directory() + "/out.tar")).isEqualTo(USER);
    assertThat(machine.text("tar", "--numeric-owner", "-tvf", "out.tar"))
        .contains("-rw------- 0/0")
        .contains(" ./made")
        .contains("bin/busybox")
        .doesNotContain("wget");
  }

  @Test
  void the_hosts_network_can_be_shared() throws IOException {
    var own = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();

    var run =
        jontainers(
            "run",
            "--rm",
            "--network",
            "host",
            "--rootfs",
            "fs/orig",
            "sh",
            "-c",
            "readlink /proc/self/ns/net; ls -d /sys/class/net/lo; touch /sys/x");

    assertThat(run.lines()).containsExactly(own, "/sys/class/net/lo");
    assertThat(run.errors()).contains("Read-only file system");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--network bridge --rootfs fs/orig | the network bridge needs root",
        "--rootfs fs/orig | the network bridge needs root",
        "--network none -m 64m --rootfs fs/orig | limits of memory",
        "--network none --userns host --rootfs fs/orig | --userns host needs root",
        "--network none host | the image host needs root",
        "--network none --group-add 5 --rootfs fs/orig | groups cannot be added",
      })
  void what_needs_root_says_so(String options, String error) throws IOException {
    var words = new ArrayList<>(List.of("run", "--rm"));
    words.addAll(List.of(options.strip().split(" +")));
    words.add("true");

    var run = jontainers(words.toArray(String[]::new));

    assertThat(run.errors()).contains(error);
    assertThat(run.code()).isEqualTo(125);
  }

  @Test
  void preparing_the_host_needs_root() throws IOException {
    assertThat(jontainers("start").errors()).contains("containers need root");
  }

  @Test
  void ranges_of_ids_are_used_where_a_user_has_them() throws IOException {
    assumeTrue(machine.program("which", "newuidmap").code() == 0, "no newuidmap");
    giveRanges();
    try {
      var run =
          run(
              "--export",
              "out.tar",
              "sh",
              "-c",
              "cat /proc/self/uid_map; mkdir /of-five; chown 5:6 /of-five; chmod 700 /of-five;"
                  + " touch /of-five/file; adduser -D joe 2>&1; stat -c %u:%g /of-five");

      assertThat(run.errors()).isEmpty();
      assertThat(run.lines().stream().map(l -> l.strip().replaceAll(" +", " ")))
          .startsWith("0 4321 1", "1 600000 65536")
          .endsWith("5:6");
      assertThat(machine.text("tar", "--numeric-owner", "-tvf", "out.tar"))
          .contains("drwx------ 5/6");
      assertThat(Machine.names(machine.root().resolve("containers"))).isEmpty();
      assertThat(Machine.names(machine.root().resolve("trash"))).isEmpty();
    } finally {
      machine.text("umount", "/etc/subuid");
      machine.text("umount", "/etc/subgid");
      machine.text("umount", "/etc/passwd");
    }
  }

  /// The tests have mounts of their own.
  private void giveRanges() throws IOException {
    var ranges = machine.directory().resolve("ranges");
    Files.writeString(ranges, USER + ":600000:65536\n");
    var user = machine.directory().resolve("passwd");
    Files.writeString(
        user, Files.readString(Path.of("/etc/passwd")) + "j:x:4321:4321::/tmp:/bin/sh\n");
    for (String file : List.of("/etc/subuid", "/etc/subgid")) {
      if (!Files.exists(Path.of(file))) {
        Files.createFile(Path.of(file));
      }
      machine.text("mount", "--bind", ranges.toString(), file);
    }
    machine.text("mount", "--bind", user.toString(), "/etc/passwd");
  }

  @Test
  void a_program_can_be_root_of_the_namespace_itself() throws IOException {
    var run =
        jontainers("unshare", "sh", "-c", "id -u; cat /proc/self/uid_map; echo $JONTAINERS_ROOT");

    assertThat(run.errors()).isEmpty();
    assertThat(run.lines().stream().map(l -> l.strip().replaceAll(" +", " ")))
        .containsExactly(
            "0", "0 4321 1", machine.directory().resolve(".local/share/jontainers").toString());
    assertThat(jontainers("unshare", "no-such-program").errors())
        .contains("executable file not found in $PATH");
    assertThat(machine.jontainers("unshare").errors()).contains("for those who are not root");
  }

  @Test
  void a_killed_run_leaves_no_process() throws IOException {
    var words =
        as(
            machine
                .command(
                    "run",
                    "--network",
                    "none",
                    "--rootfs",
                    "fs/orig",
                    "sh",
                    "-c",
                    "echo ready; sleep 1000")
                .toArray(String[]::new));
    try (var run =
        new Running(new ProcessBuilder(words).directory(machine.directory().toFile()).start())) {
      run.await("ready");

      run.signal("KILL");
      run.end();
      machine.awaitNoProcess();
    }
    assertThat(jontainers("ps", "-a").out()).contains("Exited (137)");
  }
}
