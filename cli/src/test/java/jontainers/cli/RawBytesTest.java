package jontainers.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import jontainers.testkit.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a user says is bytes, whatever the locale; `$X` is `a`, a byte that is no UTF-8, `b` and
/// `ü`.
@KernelTest
class RawBytesTest {
  private static final String HEX = "61ff62c3bc";

  @RegisterExtension final Machine machine = new Machine();

  /// Run a shell script in which `$J` is jontainers with words that an `eval` takes.
  private Machine.Outcome script(String text) throws IOException {
    String command = String.join(" ", machine.command());
    return machine.program(
        "sh", "-c", "X=$(printf 'a\\377b\\303\\274'); export X; J='" + command + "'\n" + text);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"LC_ALL=C", "LC_ALL=POSIX", "LC_ALL=C.UTF-8", "-i X=\"$X\" PATH=\"$PATH\""})
  void arguments_variables_and_directories_are_the_bytes_of_the_caller(String locale)
      throws IOException {
    var run =
        script(
            "env "
                + locale
                + " $J run --rm --network none --rootfs fs/orig -e \"A=$X\" -e X -w \"/w$X\" sh"
                + " -c 'printf %s \"$1|$A|$X|\"; pwd' sh \"$X\"");

    assertThat(run.errors()).isEmpty();
    assertThat(hex(run.output()))
        .isEqualTo(HEX + "7c" + HEX + "7c" + HEX + "7c" + "2f77" + HEX + "0a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"LC_ALL=C", "LC_ALL=C.UTF-8"})
  void directories_and_files_of_the_host_may_have_any_name(String locale) throws IOException {
    var run =
        script(
            "export "
                + locale
                + "\nmkdir \"d$X\" && cd \"d$X\" && echo seen >\"f$X\" && mv ../fs/orig \"r$X\""
                + " && $J run --rm --network none --rootfs \"r$X\" -v \"$PWD:/m$X\" -v"
                + " \"./new$X:/n\" --cidfile \"c$X\" --export \"e$X.tar\" sh -c 'cat \"/m$1/f$1\"; touch"
                + " \"/t$1\"' sh \"$X\" && tar --quoting-style=literal -tf \"e$X.tar\" | LC_ALL=C"
                + " grep -ac \"t$X\\$\"; wc -c <\"c$X\"; ls -d new*; mv \"r$X\" ../fs/orig");

    assertThat(run.errors()).isEmpty();
    assertThat(run.lines()).contains("seen", "1", "64");
    assertThat(hex(run.output()))
        .contains(HexFormat.of().formatHex("new".getBytes(US_ASCII)) + HEX);
  }

  @Test
  void a_container_that_is_kept_knows_its_command() throws IOException {
    var run =
        script(
            "export LC_ALL=C; $J run --name kept --network none --rootfs fs/orig true \"$X\" && $J"
                + " inspect kept --format '{{index .Args 0}}' && $J ps -a && $J rm kept");

    assertThat(run.errors()).isEmpty();
    assertThat(hex(Arrays.copyOf(run.output(), 6))).isEqualTo(HEX + "0a");
    assertThat(run.out()).contains("\"true a\\xffbü\"");
  }

  @Test
  void a_message_shows_what_is_no_text() throws IOException {
    var run = script("LC_ALL=C $J run --rm --rootfs \"/none$X\" true");

    assertThat(run.code()).isEqualTo(125);
    assertThat(run.errors()).contains("no such directory: /nonea\\xffbü");
  }
}
