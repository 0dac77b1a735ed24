package jontainers.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverlayMountTest {
  @TempDir Path directory;

  @Test
  void options_are_escaped_and_in_order() {
    var mount =
        new OverlayMount(
            List.of(Path.of("/a:b"), Path.of("/c,d")),
            Path.of("/u\\x"),
            Path.of("/w"),
            Set.of(OverlayOption.USERXATTR, OverlayOption.VOLATILE));

    assertThat(mount.at(Path.of("/m")).options())
        .containsExactly(
            "lowerdir=/a\\:b:/c\\,d", "upperdir=/u\\\\x", "workdir=/w", "volatile", "userxattr");
    assertThat(mount.at(Path.of("/m")).destination()).isEqualTo("/m");
  }

  @Test
  void a_rootfs_is_checked_before_anything_is_made() throws Exception {
    var state = Files.createDirectory(directory.resolve("state"));
    var inside = Files.createDirectory(state.resolve("rootfs"));
    var file = Files.writeString(directory.resolve("archive.tar"), "");
    var snapshot = state.resolve("snapshot");

    assertThatThrownBy(() -> snapshot(snapshot, directory.resolve("none"), state))
        .hasMessage("no such directory: " + directory.resolve("none"));
    assertThatThrownBy(() -> snapshot(snapshot, file, state))
        .hasMessage(file + " is not a directory");
    for (var path : List.of(state, inside)) {
      assertThatThrownBy(() -> snapshot(snapshot, path, state))
          .isInstanceOfSatisfying(
              ImageException.class, e -> assertThat(e.hint()).contains("--root"))
          .hasMessage(path + " lies in the engine's own state " + state);
    }
    assertThat(snapshot).doesNotExist();
  }

  @Test
  void a_mount_elsewhere_is_found_by_its_file_system() throws Exception {
    var mounts =
        Mountinfo.parse(
            """
            20 1 8:1 / / rw - ext4 /dev/sda rw
            21 20 8:1 /data/my\\040state /var/lib/jontainers rw - ext4 /dev/sda rw
            22 20 0:30 / /run rw - tmpfs tmpfs rw
            """);

    assertThat(mounts.place(Path.of("/etc"), 20))
        .contains(new Mountinfo.Place("8:1", Path.of("/etc")));
    assertThat(mounts.place(Path.of("/var/lib/jontainers/x"), 21))
        .contains(new Mountinfo.Place("8:1", Path.of("/data/my state/x")));
    assertThat(mounts.place(Path.of("/run/jontainers"), 22))
        .contains(new Mountinfo.Place("0:30", Path.of("/jontainers")));
    assertThat(mounts.place(Path.of("/etc"), 99)).isEmpty();
  }

  private static void snapshot(Path snapshot, Path rootfs, Path state) throws ImageException {
    var unused = OverlaySnapshots.rootfs(snapshot, rootfs, List.of(state), Set.of());
    assertThat(unused.directory()).isEqualTo(snapshot);
  }
}
