package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jontainers.engine.FileMount;
import jontainers.engine.FileMount.Access;
import jontainers.engine.FileMount.Missing;
import jontainers.engine.FileMount.Propagation;
import jontainers.linux.Fd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MountWordsTest {
  @Test
  void a_volume_of_a_directory_makes_it_where_it_is_missing() throws Exception {
    assertThat(volume("/a:/b"))
        .isEqualTo(
            new FileMount.Bind(
                Path.of("/a"),
                "/b",
                Access.READ_WRITE,
                true,
                Propagation.RPRIVATE,
                Missing.MAKE_DIRECTORY,
                false));
    assertThat(volume("./a:/b:ro,rslave"))
        .isEqualTo(
            new FileMount.Bind(
                Path.of("/here/a"),
                "/b",
                Access.READ_ONLY,
                true,
                Propagation.RSLAVE,
                Missing.MAKE_DIRECTORY,
                false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/a", "a:/b", "/a:/b:rx", ":/b", "/a:", "/a:/b:ro:x", "/a:/b:z"})
  void other_volumes_are_refused(String text) {
    assertThatThrownBy(() -> volume(text)).isInstanceOf(UsageException.class);
  }

  @Test
  void a_bind_has_all_its_keys() throws Exception {
    assertThat(
            mount(
                "type=bind,\"src=/with,comma\",dst=/b,ro,bind-propagation=rshared,"
                    + "bind-recursive=writable"))
        .isEqualTo(
            new FileMount.Bind(
                Path.of("/with,comma"),
                "/b",
                Access.READ_ONLY_NON_RECURSIVE,
                true,
                Propagation.RSHARED,
                Missing.REFUSE,
                false));
    assertThat(mount("type=bind,source=/a,target=/b,readonly=false,bind-nonrecursive"))
        .isEqualTo(
            new FileMount.Bind(
                Path.of("/a"),
                "/b",
                Access.READ_WRITE,
                false,
                Propagation.RPRIVATE,
                Missing.REFUSE,
                false));
  }

  @Test
  void a_tmpfs_has_a_size_and_a_mode() throws Exception {
    assertThat(mount("type=tmpfs,destination=/t,tmpfs-size=1m,tmpfs-mode=1770"))
        .isEqualTo(new FileMount.Tmpfs("/t", List.of("size=1048576", "mode=1770")));
    assertThat(MountWords.tmpfs("/t:size=1m,exec"))
        .isEqualTo(new FileMount.Tmpfs("/t", List.of("size=1m", "exec")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "type=bind,target=/b",
        "type=bind,source=/a",
        "type=tmpfs,source=/a,target=/b",
        "type=bind,source=/a,target=/b,tmpfs-size=1",
        "type=disk,source=/a,target=/b",
        "type=bind,source=/a,target=/b,colour=red",
        "type=bind,source=/a,target=/b,ro=maybe",
        "type=tmpfs,target=/b,tmpfs-mode=9",
        "source=/a,target=/b"
      })
  void other_mounts_are_refused(String text) {
    assertThatThrownBy(() -> mount(text)).isInstanceOf(UsageException.class);
  }

  private static FileMount volume(String text) throws UsageException {
    return MountWords.volume(session(), text);
  }

  private static FileMount mount(String text) throws UsageException {
    return MountWords.mount(session(), text);
  }

  /// Nothing is read or written.
  private static Session session() {
    var none = Fd.owning(0, "none");
    return new Session(none, none, none, Map.of(), Path.of("/here"));
  }
}
