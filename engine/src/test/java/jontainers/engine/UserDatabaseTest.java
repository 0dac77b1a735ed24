package jontainers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserDatabaseTest {
  @Test
  void further_groups_are_found_by_name_and_by_number() throws Exception {
    assertThat(USERS.resolve("4711", List.of("logs", "99")).groups()).contains(0L, 99L).hasSize(3);
    assertThatThrownBy(() -> USERS.resolve("", List.of("none")))
        .hasMessageContaining("unable to find group none");
  }

  private static final UserDatabase USERS =
      UserDatabase.parse(
          """
          root:x:0:0:root:/root:/bin/sh
          # a comment
          web:x:33:34:web:/var/www:/bin/false
          1000:x:77:78::/odd:/bin/sh
          huge:x:99999999999:0::/:/bin/sh
          short:x:5
          """,
          """
          root:x:0:
          www:x:34:
          logs:x:40:web,root
          backup:x:41:other,web
          """);

  @Test
  void nothing_means_root() throws Exception {
    assertThat(USERS.resolve("", List.of()))
        .isEqualTo(new ContainerIdentity(0, 0, List.of(0L, 40L), "/root"));
  }

  @Test
  void a_name_brings_its_groups_and_home() throws Exception {
    assertThat(USERS.resolve("web", List.of()))
        .isEqualTo(new ContainerIdentity(33, 34, List.of(34L, 40L, 41L), "/var/www"));
    assertThat(USERS.resolve("33", List.of())).isEqualTo(USERS.resolve("web", List.of()));
  }

  @Test
  void a_group_replaces_the_users_own() throws Exception {
    assertThat(USERS.resolve("web:logs", List.of()))
        .isEqualTo(new ContainerIdentity(33, 40, List.of(40L), "/var/www"));
    assertThat(USERS.resolve("web:4711", List.of()).gid()).isEqualTo(4711);
  }

  @Test
  void an_unknown_number_is_taken_as_it_is() throws Exception {
    assertThat(USERS.resolve("4711", List.of()))
        .isEqualTo(new ContainerIdentity(4711, 0, List.of(0L), "/"));
  }

  @Test
  void a_user_named_like_a_number_is_found_by_name() throws Exception {
    assertThat(USERS.resolve("1000", List.of()).uid()).isEqualTo(77);
  }

  @Test
  void unknown_names_are_told_with_the_file_that_misses_them() {
    assertThatThrownBy(() -> USERS.resolve("nobody", List.of()))
        .isInstanceOf(EngineException.class)
        .hasMessage("unable to find user nobody: no matching entries in passwd file");
    assertThatThrownBy(() -> USERS.resolve("web:none", List.of()))
        .hasMessage("unable to find group none: no matching entries in group file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"4294967295", "99999999999", "18446744073709551616"})
  void numbers_beyond_the_kernels_are_refused(String uid) {
    assertThatThrownBy(() -> USERS.resolve(uid, List.of()))
        .hasMessage("user id " + uid + " is out of range");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "+0", "0x0", "1:-1", "huge", "a b"})
  void what_looks_like_a_number_but_is_none_is_no_root(String user) {
    assertThatThrownBy(() -> USERS.resolve(user, List.of())).isInstanceOf(EngineException.class);
  }
}
