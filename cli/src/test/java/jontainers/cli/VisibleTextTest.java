package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import jontainers.linux.Fd;
import jontainers.linux.Terminal;
import jontainers.oci.JsonTree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Text of others says what it says and does nothing to a terminal.
class VisibleTextTest {
  /// Colours, a window's title, an answer to be typed, C1, a turned direction, lines, a half.
  private static final String HOSTILE =
      "\033[2J\033]0;x\007\u009b6n\u202eevil\u2066\n\r\t\u2028\u200b\ufeff\u007f\ud83d\udb40\udc41";

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      value = {
        "1b5b324a, \\x1b[2J",
        "c29b, \\u009b",
        "e280ae, \\u202e",
        "e281a6, \\u2066",
        "0a, \\n",
        "0d, \\r",
        "09, \\t",
        "07, \\a",
        "7f, \\x7f",
        "efbbbf, \\ufeff",
        "f3a08181, \\U000e0041",
        "ee8080, \\ue000",
        "5c, \\",
        "22, ~\"~"
      })
  void what_is_not_printable_stands_as_its_escape(String bytes, String shown) {
    String text = new String(java.util.HexFormat.of().parseHex(bytes), StandardCharsets.UTF_8);

    assertThat(VisibleText.line(text)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      value = {
        "plain",
        "größer",
        "名前",
        "имя",
        "שם",
        "اسم",
        "👍🏽",
        "e\u0301",
        "a…b",
        "a\u3000b",
        "¡«»€",
        "ก็"
      })
  void names_of_all_languages_stay_as_they_are(String name) {
    assertThat(VisibleText.line(name)).isEqualTo(name);
    assertThat(VisibleText.lines(name + "\n\t")).isEqualTo(name + "\n\t");
    assertThat(Json.line(name)).isEqualTo('"' + name + '"');
  }

  /// What strconv.Quote of Go makes of them.
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      value = {
        "61 62, ~\"a b\"~",
        "22, ~\"\\\"\"~",
        "5c, ~\"\\\\\"~",
        "1b, ~\"\\x1b\"~",
        "00, ~\"\\x00\"~",
        "0b, ~\"\\v\"~",
        "c2a0, ~\"\\u00a0\"~",
        "c3bc, ~\"ü\"~",
        "e38080, ~\"\\u3000\"~",
        "f09f918d, ~\"👍\"~"
      })
  void a_command_is_quoted_as_go_quotes(String bytes, String quoted) {
    String text =
        new String(
            java.util.HexFormat.of().parseHex(bytes.replace(" 62", "2062").replace(" ", "")),
            StandardCharsets.UTF_8);

    assertThat(VisibleText.quoted(text)).isEqualTo(quoted);
  }

  @Test
  void a_table_has_a_line_for_each_row_whatever_is_in_its_cells() {
    String table = Table.of(List.of(List.of("A", "B"), List.of(HOSTILE, "1"), List.of("x", "2")));

    assertThat(table.lines()).hasSize(3);
    assertThat(table.replace("\n", "")).matches("[\\x20-\\x7e]*");
  }

  @Test
  void json_has_escapes_and_the_same_value() {
    String line = Json.line(Map.of("a", HOSTILE.replace("\ud83d", "")));

    assertThat(line).matches("[\\x20-\\x7e]*");
    assertThat(JsonTree.parse(line)).isEqualTo(Map.of("a", HOSTILE.replace("\ud83d", "")));
    assertThat(Json.pretty(List.of("a", "\u009b"))).isEqualTo("[\n    \"a\",\n    \"\\u009b\"\n]");
  }

  @Test
  void progress_is_one_line_that_moves_no_cursor_but_its_own() {
    var bytes = new ByteArrayOutputStream();
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    LongSupplier clock = () -> 0;
    var message = TransferMessage.of(HOSTILE, HOSTILE);
    var lines = new ArrayList<String>();

    new TransferDisplay.Plain(out).say(message);
    lines.add(bytes.toString(StandardCharsets.UTF_8).stripTrailing());
    bytes.reset();
    new TransferDisplay.Json(out, clock).say(message);
    lines.add(bytes.toString(StandardCharsets.UTF_8).stripTrailing());
    bytes.reset();
    new TerminalDisplay(out, () -> new Terminal.Size(24, 400), clock).say(message);
    lines.add(bytes.toString(StandardCharsets.UTF_8).replaceFirst("\033\\[K\r\n$", ""));

    assertThat(lines).allMatch(line -> line.matches("[\\x20-\\x7e]+"));
  }

  /// An image's or registry's words in an error, a hint, a warning.
  @Test
  void errors_are_quoted_wherever_they_go() throws Exception {
    var file = directory.resolve("err");
    try (var session =
        new Session(
            Fd.open(Path.of("/dev/null"), Fd.O_RDONLY),
            Fd.open(directory.resolve("out"), Fd.O_WRONLY | Fd.O_CREAT, 0600),
            Fd.open(file, Fd.O_WRONLY | Fd.O_CREAT, 0600),
            Map.of(),
            directory)) {
      session.err().println("größer " + HOSTILE);
      session.out().println(HOSTILE);
    }

    assertThat(Files.readString(file).replace("\n", "").replace("\t", ""))
        .startsWith("größer ")
        .matches("[\\x20-\\x7eöß]*");
    assertThat(Files.readAllBytes(directory.resolve("out")))
        .as("what a script reads is what there is")
        .isEqualTo((HOSTILE + "\n").getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void a_cut_text_has_no_half_character() {
    assertThat(VisibleText.cut("👍👍👍", 3)).isEqualTo("👍👍👍");
    assertThat(VisibleText.cut("👍👍👍", 2)).isEqualTo("👍…");
  }
}
