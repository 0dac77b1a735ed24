package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Other users of the machine, `nobody` among them, can read and write nothing of the engine's, and
/// what they could put there is not believed.
@KernelTest
class OtherUsersTest {
  @RegisterExtension private final Machine machine = new Machine();

  @Test
  void under_umask_0_nothing_of_the_engine_is_writable_by_others() throws IOException {
    String engine = String.join(" ", machine.command());
    machine.text(
        "sh",
        "-euc",
        "umask 0; E='"
            + engine
            + "'; $E start; $E run --name kept --rootfs fs/orig true;"
            + " $E images; $E run --network none --rootfs fs/orig true");

    assertThat(machine.text("stat", "-c", "%a", machine.root().toString())).isEqualTo("700");
    assertThat(machine.text("sh", "-c", "stat -c '%a %n' " + machine.root() + "/*/").lines())
        .allMatch(line -> line.startsWith("700 "));
    assertThat(machine.text("find", machine.root().toString(), "!", "-type", "l", "-perm", "/022"))
        .isEmpty();
    assertThat(machine.text("find", machine.root() + "/network", "-type", "f", "-perm", "/077"))
        .isEmpty();
  }

  @Test
  void under_umask_077_a_user_in_the_container_reads_what_is_for_him() throws IOException {
    String engine = String.join(" ", machine.command());
    assertThat(
            machine.text(
                "sh",
                "-euc",
                "umask 077; "
                    + engine
                    + " run --rm --network none --rootfs fs/orig -u 1000"
                    + " sh -c 'cat /etc/hostname /etc/hosts /etc/resolv.conf >/dev/null; ls / >/dev/null;"
                    + " echo read'"))
        .isEqualTo("read");
  }

  @Test
  void a_state_directory_of_another_user_is_refused_with_the_way_out() throws IOException {
    Files.createDirectory(machine.root());
    machine.text("chown", "65534", machine.root().toString());

    var ps = machine.jontainers("ps", "-a");

    assertThat(ps.code()).isEqualTo(125);
    assertThat(ps.errors())
        .contains(
            "the state directory "
                + machine.root()
                + " is not safe: "
                + machine.root()
                + " belongs to user 65534")
        .contains("name another directory with --root");
    assertThat(machine.root()).isEmptyDirectory();
    machine.text("rm", "-r", machine.root().toString());
  }

  /// As it was: `nobody` exchanges `containers/` in a directory that he may write.
  @Test
  void a_ledger_of_nobodys_is_not_read() throws IOException {
    machine.jontainers("ps");
    machine.text("chmod", "0755", machine.directory().toString());
    machine.text("chmod", "0777", machine.root().toString());
    var precious = Files.writeString(machine.directory().resolve("precious"), "of root's");
    machine.text(
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "sh",
        "-euc",
        "cd "
            + machine.root()
            + "; mv containers old; mkdir -p containers/"
            + id()
            + "; echo unfinished "
            + precious.toUri()
            + " >containers/"
            + id()
            + "/ledger");

    var ps = machine.jontainers("ps");

    assertThat(ps.code()).isEqualTo(125);
    assertThat(ps.errors()).contains("can be written by other users (mode 777)", "chmod go-w");
    assertThat(precious).hasContent("of root's");
    machine.text("rm", "-r", machine.root().toString());
  }

  @Test
  void a_ledger_is_obeyed_for_what_the_engine_makes_alone() throws Exception {
    machine.jontainers("ps");
    var precious = Files.writeString(machine.directory().resolve("precious"), "of root's");
    var part = Files.writeString(machine.directory().resolve(".web.tar.12ab.part"), "half");
    var own = machine.directory().resolve("tree").resolve(id());
    var tree = Files.createDirectories(own.resolve("a/b"));
    var sleeper = new ProcessBuilder("sleep", "600").start();
    try {
      Files.writeString(own.resolve("a/cgroup.procs"), sleeper.pid() + "\n");
      Files.writeString(own.resolve("cgroup.procs"), sleeper.pid() + "\n");
      var container = Files.createDirectory(machine.root().resolve("containers").resolve(id()));
      Files.write(
          container.resolve("ledger"),
          List.of(
              "unfinished " + precious.toUri(),
              "unfinished " + part.toUri(),
              "cgroup " + machine.directory().resolve("tree").resolve(id()),
              "cgroup " + machine.directory().resolve("tree")));

      assertThat(machine.jontainers("ps").code()).isZero();

      assertThat(precious).hasContent("of root's");
      assertThat(part).doesNotExist();
      assertThat(tree).isDirectory();
      assertThat(sleeper.isAlive()).isTrue();
    } finally {
      sleeper.destroyForcibly().waitFor();
    }
  }

  @Test
  void what_the_oci_command_makes_is_its_owners_alone_whatever_the_umask() throws IOException {
    var bundle = machine.directory().resolve("fs");
    machine.text("mv", machine.rootfs().toString(), bundle.resolve("rootfs").toString());
    var root = machine.directory().resolve("oci");
    String oci = oci() + " --root " + root;
    machine.text(
        "sh",
        "-euc",
        "umask 0; cd "
            + bundle
            + "; "
            + oci
            + " spec; sed -i 's/\"sh\"/\"true\"/; s/l\": true/l\": false/' config.json; "
            + oci
            + " create --pid-file pid one </dev/null >out 2>&1");

    assertThat(machine.text("stat", "-c", "%a", root.toString())).isEqualTo("700");
    assertThat(machine.text("stat", "-c", "%a", root.resolve("one").toString())).isEqualTo("700");
    for (var file : List.of("start.sock", "state.json", "config.json", "lock")) {
      assertThat(machine.text("stat", "-c", "%a", root.resolve("one").resolve(file).toString()))
          .as(file)
          .isEqualTo("600");
    }
    assertThat(machine.text("stat", "-c", "%a", bundle.resolve("pid").toString())).isEqualTo("644");
    assertThat(machine.text("stat", "-c", "%a", bundle.resolve("config.json").toString()))
        .isEqualTo("644");
    machine.text("chmod", "0777", root.toString());
    var refused = machine.program("sh", "-c", oci + " state one");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.errors()).contains(root + " can be written by other users", "hint: ");
    machine.text("chmod", "0700", root.toString());
    machine.text("sh", "-euc", oci + " delete --force one");
  }

  private static String id() {
    return HexFormat.of().formatHex(new byte[32]);
  }

  private static Path oci() {
    return Path.of("..").toAbsolutePath().normalize().resolve("bin/jontainers-oci");
  }
}
