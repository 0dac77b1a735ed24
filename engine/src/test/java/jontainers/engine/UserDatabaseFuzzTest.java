package jontainers.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// Whatever an image's passwd and group say, a user has numbers that the kernel knows.
class UserDatabaseFuzzTest {
  private static final long MAX_ID = 0xfffffffeL;

  @Test
  void seeds_and_random_files_give_valid_numbers() throws Exception {
    Inputs.run(UserDatabaseFuzzTest.class, "users", 50_000, this::users);
  }

  /// @param input a user, passwd and group, separated by NUL
  @FuzzTest
  void users(byte[] input) {
    String[] parts = new String(input, UTF_8).split("\0", 3);
    String user = parts[0];
    String passwd = parts.length > 1 ? parts[1] : "";
    String group = parts.length > 2 ? parts[2] : "";
    try {
      var identity = UserDatabase.parse(passwd, group).resolve(user, List.of());

      assertThat(identity.uid()).isBetween(0L, MAX_ID);
      assertThat(identity.gid()).isBetween(0L, MAX_ID);
      assertThat(identity.groups())
          .startsWith(identity.gid())
          .doesNotHaveDuplicates()
          .allMatch(id -> id >= 0 && id <= MAX_ID);
      assertThat(identity.home()).startsWith("/").doesNotContain("\n", ":");
      assertRootWasAskedFor(identity, user, passwd);
    } catch (EngineException e) {
      assertThat(e.category()).isEqualTo(EngineException.Category.INVALID);
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  /// Nobody becomes root but by number, by no name at all, or by a line that says so.
  private static void assertRootWasAskedFor(
      ContainerIdentity identity, String user, String passwd) {
    String name = user.contains(":") ? user.substring(0, user.indexOf(':')) : user;
    if (identity.uid() == 0 && !name.matches("0{0,10}")) {
      assertThat(passwd.lines()).anyMatch(line -> line.matches("(?s).*:.*:0{1,10}:.*"));
    }
  }
}
