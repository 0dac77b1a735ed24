package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What Go's text/template makes of the same.
class TemplateTest {
  private static final Json.Fields DATA =
      new Json.Fields()
          .with("Id", "sha256:abc")
          .with("Tags", List.of("a:1", "b:2"))
          .with("None", List.of())
          .with("Size", 12L)
          .with("On", true)
          .with("Off", false)
          .with("Null", null)
          .with("Labels", Map.of("k", "v\"w"))
          .with("Config", new Json.Fields().with("User", "me"));

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '~',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        "plain => plain",
        "{{.Id}} => sha256:abc",
        "{{ .Config.User }}! => me!",
        "{{json .}} => {\"Id\":\"sha256:abc\",\"Tags\":[\"a:1\",\"b:2\"],\"None\":[],\"Size\":12,\"On\":true,\"Off\":false,\"Null\":null,\"Labels\":{\"k\":\"v\\\"w\"},\"Config\":{\"User\":\"me\"}}",
        "{{json .Tags}} {{.Tags}} => [\"a:1\",\"b:2\"] [a:1 b:2]",
        "{{.Labels}} {{.Labels.k}} {{.Labels.none}} => map[k:v\"w] v\"w <no value>",
        "{{index .Tags 1}} {{index .Labels \"k\"}} {{len .Tags}} => b:2 v\"w 2",
        "{{range .Tags}}<{{.}}>{{end}}{{range .None}}x{{else}}none{{end}} => <a:1><b:2>none",
        "{{if .On}}yes{{end}}{{if .Off}}no{{else if .Size}}size{{else}}never{{end}} => yessize",
        "{{with .Config}}{{.User}}{{end}}{{with .Null}}x{{end}} => me",
        "{{join .Tags \", \"}} {{.Id | upper}} {{lower \"AB\"}} {{title \"ab\"}} => a:1, b:2 SHA256:ABC ab Ab",
        "{{(index .Tags 0) | printf}} => ERROR",
        "{{split .Id \":\" | len}} {{eq .Size 12}} {{not .On}} {{or .Null .Id}} => 2 true false sha256:abc",
        "a {{- .Size -}} b => a12b",
        "{{println .Size .On}}x => 12 true~x",
        "{{.Colour}} => ERROR",
        "{{.Id.Part}} => ERROR",
        "{{index .Tags 9}} => ERROR",
        "{{.Id => ERROR",
        "{{range .Tags}} => ERROR",
        "{{end}} => ERROR",
        "{{nonesuch .Id}} => ERROR",
        "{{$x := 1}} => ERROR",
        "{{}} => ERROR",
        "{{.Id \"unclosed}} => ERROR",
        "{{len .Id .Id}} => ERROR"
      })
  void templates_mean_what_they_mean_to_docker(String template, String expected) throws Exception {
    if (expected.equals("ERROR")) {
      assertThatThrownBy(() -> Template.parse(template).render(DATA))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("template");
    } else {
      assertThat(Template.parse(template).render(DATA)).isEqualTo(expected.replace('~', '\n'));
    }
  }

  @Test
  void a_field_that_is_not_there_is_told_with_those_that_are() throws Exception {
    var template = Template.parse("{{.Colour}}");

    assertThatThrownBy(() -> template.render(new Json.Fields().with("Size", 1L)))
        .hasMessage("template: no field .Colour")
        .extracting(e -> ((UsageException) e).hint())
        .isEqualTo("there are .Size");
  }

  @Test
  void json_has_docker_s_form() {
    var tree = new Json.Fields().with("A", List.of(1L, "x\n\u0001\"\\")).with("B", Map.of());

    assertThat(Json.line(tree)).isEqualTo("{\"A\":[1,\"x\\n\\u0001\\\"\\\\\"],\"B\":{}}");
    assertThat(Json.pretty(tree))
        .isEqualTo(
            """
            {
                "A": [
                    1,
                    "x\\n\\u0001\\"\\\\"
                ],
                "B": {}
            }\
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0B",
    "999, 999B",
    "1000, 1kB",
    "1234, 1.23kB",
    "65400000, 65.4MB",
    "1200000000, 1.2GB",
    "999999, 1000kB"
  })
  void sizes_have_three_digits(long bytes, String expected) {
    assertThat(Units.size(bytes)).isEqualTo(expected);
  }
}
