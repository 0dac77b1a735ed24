package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A full disk is told as such, with what to do.
@KernelTest
class FullDiskTest {
  @RegisterExtension final Machine machine = new Machine();

  private interface OnDisk {
    void of(Path disk) throws IOException;
  }

  private void onDisk(OnDisk test) throws IOException {
    var disk = Files.createDirectory(machine.directory().resolve("disk"));
    machine.text("mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", disk.toString());
    try {
      test.of(disk);
    } finally {
      machine.text("umount", disk.toString());
    }
  }

  @Test
  void an_archive_that_does_not_fit_leaves_no_part_of_it() throws IOException {
    machine.text("tar", "-C", "fs/orig", "-cf", "rootfs.tar", ".");
    assertThat(machine.jontainers("import", "rootfs.tar", "busybox").errors()).isEmpty();
    onDisk(disk -> {
      var outcome = machine.jontainers("save", "-o", "disk/busybox.tar", "busybox");

      assertThat(outcome.code()).isNotZero();
      assertThat(outcome.errors()).contains("No space left on device", "hint: free some space");
      assertThat(disk).isEmptyDirectory();
    });
  }

  @Test
  void a_store_that_is_too_small_says_so_and_is_sound() throws IOException {
    machine.text("tar", "-C", "fs/orig", "-cf", "rootfs.tar", ".");
    machine.text("tar", "-C", "fs/orig/etc", "-cf", "small.tar", ".");
    onDisk(disk -> {
      String state = disk.resolve("state").toString();
      var command = machine.command().getFirst();

      var outcome = machine.program(command, "--root", state, "import", "rootfs.tar", "busybox");

      assertThat(outcome.code()).isNotZero();
      assertThat(outcome.errors()).contains("No space left on device", "hint: free some space");
      assertThat(outcome.errors().lines()).hasSize(2);
      assertThat(machine.text(command, "--root", state, "fsck")).isEqualTo("no problems");
      assertThat(machine.text(command, "--root", state, "images", "-q")).isEmpty();
      assertThat(machine.text(command, "--root", state, "import", "small.tar", "small"))
          .startsWith("sha256:");
    });
  }
}
