package jontainers.cli.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Command lines as engines write them.
class FlagsTest {
  @Test
  void what_containerd_calls_is_understood() throws FlagException {
    var global =
        Flags.parse(
            GlobalFlags.DECLARED,
            words("--root /r --log /l --log-format json create --bundle /b --pid-file /p one"));
    var create = Flags.parse(Verb.CREATE.flags(), global.rest().subList(1, global.rest().size()));

    assertThat(global.value("root")).contains("/r");
    assertThat(global.value("log-format")).contains("json");
    assertThat(create.value("bundle")).contains("/b");
    assertThat(create.value("pid-file")).contains("/p");
    assertThat(create.rest()).containsExactly("one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--bundle /b", "--bundle=/b", "-bundle /b", "-b /b", "-b=/b"})
  void an_option_has_one_dash_or_two_and_its_value_after_a_blank_or_not(String text)
      throws FlagException {
    assertThat(Flags.parse(Verb.CREATE.flags(), words(text + " x")).value("bundle")).contains("/b");
  }

  @ParameterizedTest
  @CsvSource({"--force,true", "-f,true", "--force=true,true", "--force=false,false", "-f=0,false"})
  void a_switch_can_be_turned_off(String text, boolean on) throws FlagException {
    assertThat(Flags.parse(Verb.DELETE.flags(), words(text + " x")).has("force")).isEqualTo(on);
  }

  @Test
  void options_of_update_may_stand_after_the_id() throws FlagException {
    var flags =
        Flags.parse(
            Verb.UPDATE.flags(), words("one --pids-limit 5 --memory 50M"), Verb.UPDATE.placing());

    assertThat(flags.rest()).containsExactly("one");
    assertThat(flags.number("pids-limit")).contains(5L);
  }

  @Test
  void what_follows_the_id_of_exec_belongs_to_its_program() throws FlagException {
    var flags =
        Flags.parse(
            Verb.EXEC.flags(), words("-e A=b --env C=d one ls -l --tty"), Verb.EXEC.placing());

    assertThat(flags.values("env")).containsExactly("A=b", "C=d");
    assertThat(flags.rest()).containsExactly("one", "ls", "-l", "--tty");
    assertThat(flags.has("tty")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--nonesuch x|flag provided but not defined: -nonesuch",
        "--bundle|flag needs an argument: -bundle",
        "--detach=perhaps x|invalid boolean value \"perhaps\" for -detach"
      })
  void what_is_no_option_is_told(String text, String message) {
    assertThatThrownBy(() -> Flags.parse(Verb.CREATE.flags(), words(text))).hasMessage(message);
  }

  @Test
  void a_number_is_a_number() throws FlagException {
    var flags = Flags.parse(Verb.CREATE.flags(), words("--preserve-fds three x"));

    assertThatThrownBy(() -> flags.number("preserve-fds"))
        .hasMessage("invalid value \"three\" for flag -preserve-fds");
  }

  @Test
  void a_command_needs_its_words() {
    assertThatThrownBy(() -> Verb.RUN.check(List.of()))
        .hasMessage("\"run\" requires exactly 1 argument(s)");
    assertThatThrownBy(() -> Verb.LIST.check(List.of("x")))
        .hasMessage("\"list\" requires exactly 0 argument(s)");
    assertThatThrownBy(() -> Verb.EXEC.check(List.of()))
        .hasMessage("\"exec\" requires a minimum of 1 argument");
    assertThatThrownBy(() -> Verb.STATE.check(List.of("")))
        .hasMessage("container id cannot be empty");
  }

  private static List<String> words(String text) {
    return List.of(text.split(" "));
  }
}
