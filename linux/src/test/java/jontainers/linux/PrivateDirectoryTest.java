package jontainers.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import jontainers.testkit.Command;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Another user of the machine, 65534, was there first.
@KernelTest
@SuppressWarnings("NullAway.Init")
class PrivateDirectoryTest {
  @TempDir private Path temporary;
  private Path parent;
  private Path state;

  @BeforeEach
  void directories() throws Exception {
    parent = Files.createDirectory(temporary.resolve("parent"));
    state = parent.resolve("state");
  }

  @Test
  void what_is_missing_is_made_for_its_owner_alone() throws Exception {
    var deep = state.resolve("deep/down");

    assertThat(PrivateDirectory.make(deep)).isEqualTo(deep);
    assertThat(mode(deep)).isEqualTo("rwx------");
    assertThat(mode(state)).isEqualTo("rwxr-xr-x");
    assertThat(PrivateDirectory.check(deep)).isEqualTo(deep);
  }

  @Test
  void a_directory_of_another_user_is_refused() throws Exception {
    Files.createDirectory(state);
    Command.run("chown", "65534", state.toString());

    refused(state + " belongs to user 65534");
  }

  @Test
  void a_directory_that_others_may_write_is_refused() throws Exception {
    Files.createDirectory(state);
    chmod("0777", state);
    assertThatThrownBy(() -> PrivateDirectory.make(state))
        .isInstanceOfSatisfying(
            UntrustedDirectoryException.class,
            e -> assertThat(e.hint()).endsWith("then: chmod go-w " + state))
        .hasMessage(state + " can be written by other users (mode 777)");
    chmod("1777", state);
    refused(state + " can be written by other users (mode 1777)");
    chmod("0770", state);
    refused(state + " can be written by other users (mode 770)");
  }

  @Test
  void one_in_a_directory_that_others_may_write_is_refused_unless_that_is_sticky()
      throws Exception {
    chmod("0777", parent);
    refused(parent + " can be written by other users (mode 777)");
    chmod("1777", parent);
    assertThat(PrivateDirectory.make(state)).isEqualTo(state);
  }

  @Test
  void one_in_a_directory_of_another_user_is_refused() throws Exception {
    Command.run("chown", "65534", parent.toString());
    refused(parent + " belongs to user 65534");
  }

  @Test
  void a_group_of_others_counts_and_the_own_does_not() throws Exception {
    chmod("0775", parent);
    assertThat(PrivateDirectory.make(state)).isEqualTo(state);
    Command.run("chgrp", "65534", parent.toString());
    refused(parent + " can be written by other users (mode 775)");
  }

  @Test
  void a_link_of_another_user_is_refused_wherever_it_leads() throws Exception {
    var real = Files.createDirectory(temporary.resolve("real"));
    chmod("1777", parent);
    Files.createSymbolicLink(state, real);
    Command.run("chown", "-h", "65534", state.toString());

    refused(state + " belongs to user 65534");
    assertThat(real).isEmptyDirectory();
  }

  @Test
  void a_link_of_ones_own_is_followed_and_what_it_leads_to_is_checked() throws Exception {
    var real = Files.createDirectory(temporary.resolve("real"));
    Files.createSymbolicLink(state, Path.of("../real"));
    assertThat(PrivateDirectory.make(state)).isEqualTo(real);

    chmod("0777", real);
    refused(real + " can be written by other users (mode 777)");
  }

  @Test
  void a_file_is_no_directory_and_a_circle_has_an_end() throws Exception {
    Files.createFile(state);
    assertThatThrownBy(() -> PrivateDirectory.make(state))
        .isInstanceOf(java.nio.file.NotDirectoryException.class);
    Files.delete(state);
    Files.createSymbolicLink(state, state);
    assertThatThrownBy(() -> PrivateDirectory.make(state)).hasMessageContaining("too many links");
  }

  @Test
  void a_directory_inside_loses_what_others_may_read() throws Exception {
    PrivateDirectory.make(state);
    var inside = Files.createDirectory(state.resolve("network"));
    chmod("0755", inside);

    assertThat(PrivateDirectory.makeIn(state, "network")).isEqualTo(inside);
    assertThat(mode(inside)).isEqualTo("rwx------");
    assertThat(mode(PrivateDirectory.makeIn(state, "images"))).isEqualTo("rwx------");
    chmod("0777", inside);
    assertThatThrownBy(() -> PrivateDirectory.makeIn(state, "network"))
        .isInstanceOf(UntrustedDirectoryException.class);
  }

  @Test
  void a_directory_inside_is_no_link() throws Exception {
    PrivateDirectory.make(state);
    Files.createSymbolicLink(state.resolve("containers"), parent);

    assertThatThrownBy(() -> PrivateDirectory.makeIn(state, "containers"))
        .isInstanceOf(java.nio.file.NotDirectoryException.class);
  }

  private void refused(String message) {
    assertThatThrownBy(() -> PrivateDirectory.make(state))
        .isInstanceOf(UntrustedDirectoryException.class)
        .hasMessageStartingWith(message);
  }

  private static String mode(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static void chmod(String mode, Path path) throws Exception {
    Command.run("chmod", mode, path.toString());
  }
}
