package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A container that has put its root into a volume is exported and committed by its own files.
@KernelTest
class ChrootedExportTest {
  @RegisterExtension final Machine machine = new Machine();

  @BeforeEach
  void volume() throws IOException {
    machine.program("tar", "-C", "fs/orig", "-cf", "rootfs.tar", ".");
    machine.jontainers("import", "rootfs.tar", "busybox");
    var volume = Files.createDirectories(machine.directory().resolve("volume/bin"));
    Files.copy(machine.rootfs().resolve("bin/busybox"), volume.resolve("busybox"));
    Files.writeString(machine.directory().resolve("volume/secret"), "of the host");
  }

  private Running chrooted(List<String> image) throws IOException {
    var words = new java.util.ArrayList<>(List.of("run", "--name", "one", "--network", "none"));
    words.addAll(List.of("-i", "-v", machine.directory().resolve("volume") + ":/vol"));
    words.addAll(image);
    words.addAll(
        List.of(
            "sh",
            "-c",
            "echo mine >/made; exec chroot /vol /bin/busybox sh -c 'echo ready; read x'"));
    return new Running(machine.startJontainers(words.toArray(String[]::new)));
  }

  private void assertOwnFiles(String archive) throws IOException {
    var names = machine.program("tar", "-tf", archive).lines();
    assertThat(names).contains("./made", "./vol/", "./bin/").doesNotContain("./secret");
    assertThat(names).noneMatch(name -> name.startsWith("./vol/") && name.length() > 6);
  }

  @Test
  void a_container_of_an_image() throws Exception {
    try (var running = chrooted(List.of("busybox"))) {
      running.await("ready");

      assertThat(machine.jontainers("export", "-o", "out.tar", "one").errors()).isEmpty();
      assertThat(machine.jontainers("commit", "one", "committed").errors()).isEmpty();
      running.type("");
    }
    assertOwnFiles("out.tar");
    var made =
        machine.jontainers(
            "run", "--rm", "--network", "none", "committed", "sh", "-c", "cat /made; ls /vol");
    assertThat(made.out()).isEqualTo("mine\n");
    assertThat(machine.jontainers("rm", "one").code()).isZero();
  }

  @Test
  void a_container_of_a_directory() throws Exception {
    try (var running = chrooted(List.of("--rootfs", "fs/orig"))) {
      running.await("ready");

      assertThat(machine.jontainers("export", "-o", "out.tar", "one").errors()).isEmpty();
      assertThat(machine.jontainers("commit", "one", "committed").errors()).isEmpty();
      running.type("");
    }
    assertOwnFiles("out.tar");
    var made =
        machine.jontainers(
            "run", "--rm", "--network", "none", "committed", "sh", "-c", "cat /made; ls /vol");
    assertThat(made.out()).isEqualTo("mine\n");
    assertThat(machine.jontainers("rm", "one").code()).isZero();
  }
}
