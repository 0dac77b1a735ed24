package jontainers.image.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.image.name.RegistryConfig.Place;
import jontainers.image.name.RegistryConfig.Registry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The file of registries.
class RegistryConfigTest {
  private static final String WHOLE =
      """
      {
        "defaultRegistry": "registry.local:5000",
        "registries": [
          {"prefix": "docker.io", "mirrors": ["mirror.local:5000", "[::1]:5000/hub/io"]},
          {"prefix": "quay.io/team", "mirrors": ["cache/quay/team"]},
          {"prefix": "registry.local:5000", "insecure": true},
          {"prefix": "mirror.local:5000", "insecure": false, "caFile": "/etc/ssl/local.pem"}
        ]
      }
      """;

  @TempDir Path directory;

  @Test
  void every_field_of_a_file_is_read() throws Exception {
    var file = Files.writeString(directory.resolve("registries.json"), WHOLE);

    assertThat(RegistryConfig.read(file))
        .isEqualTo(
            new RegistryConfig(
                "registry.local:5000",
                List.of(
                    new Registry(
                        "docker.io",
                        List.of("mirror.local:5000", "[::1]:5000/hub/io"),
                        false,
                        null),
                    new Registry("quay.io/team", List.of("cache/quay/team"), false, null),
                    new Registry("registry.local:5000", List.of(), true, null),
                    new Registry(
                        "mirror.local:5000", List.of(), false, Path.of("/etc/ssl/local.pem")))));
  }

  @Test
  void without_a_file_docker_is_the_default_and_nothing_is_insecure() throws ImageException {
    var config = RegistryConfig.read(directory.resolve("missing.json"));

    assertThat(config).isEqualTo(new RegistryConfig("docker.io", List.of()));
    assertThat(config.isInsecure("docker.io")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        " {\"registries\": []} ",
        "{\"defaultRegistry\": null, \"registries\": null}",
        "{\"defaultRegistry\": \"\"}"
      })
  void what_a_file_does_not_say_is_as_without_one(String json) throws ImageException {
    assertThat(RegistryConfig.parse(json, "r.json")).isEqualTo(RegistryConfig.EMPTY);
  }

  @Test
  void fields_of_a_registry_may_be_null_or_missing() throws ImageException {
    assertThat(
            one("{\"prefix\": \"q.io\", \"mirrors\": null, \"insecure\": null, \"caFile\": null}"))
        .isEqualTo(one("{\"prefix\": \"q.io\"}"))
        .extracting(RegistryConfig::registries)
        .isEqualTo(List.of(new Registry("q.io", List.of(), false, null)));
  }

  @Test
  void a_file_that_cannot_be_read_is_a_problem_and_not_a_missing_one() throws IOException {
    var loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));

    for (var file : List.of(directory, loop)) {
      var problem = catchThrowableOfType(ImageException.class, () -> RegistryConfig.read(file));
      assertThat(problem).hasMessage("cannot read " + file).hasCauseInstanceOf(IOException.class);
      assertThat(problem.category()).isEqualTo(Category.INTERNAL);
    }
  }

  @Test
  void a_file_that_is_no_text_is_refused_by_its_name() throws IOException {
    var file = Files.write(directory.resolve("r.json"), new byte[] {'"', (byte) 0xff, '"'});
    var problem = catchThrowableOfType(ImageException.class, () -> RegistryConfig.read(file));

    assertThat(problem).hasMessage(file + ": is not UTF-8");
    assertThat(problem.category()).isEqualTo(Category.INVALID);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{\"registries\": [}",
        "{}}",
        "{\"registries\": []} {}",
        "{\"a\" 1}",
        "{'a': 1}",
        "-",
        "nonsense",
        "{\"registries\": [], \"registries\": []}",
        "{\"registries\": [{\"prefix\": \"q.io\", \"caFile\": \"a\\u0000b\"}]}",
        "{} x"
      })
  void what_is_not_json_is_refused_by_the_name_of_its_file(String json) {
    assertThat(problem(json)).startsWith("r.json: is not valid JSON: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "null | the document is not an object",
        "[] | the document is not an object",
        "{\"registry\": 1} | the document has an unknown field registry",
        "{\"defaultRegistry\": 1} | defaultRegistry is not a string",
        "{\"defaultRegistry\": \"https://q.io\"} | defaultRegistry is no registry: https://q.io",
        "{\"defaultRegistry\": \"q.io/team\"} | defaultRegistry is no registry: q.io/team",
        "{\"registries\": {}} | registries is not an array",
      })
  void a_problem_of_the_document_names_the_field(String json, String problem) {
    assertThat(problem(json)).isEqualTo("r.json: " + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{} | registries[0].prefix is no registry",
        "{\"prefix\": \"\"} | registries[0].prefix is no registry",
        "{\"prefix\": \"q.io/\"} | registries[0].prefix is no registry: q.io/",
        "{\"prefix\": \"/team\"} | registries[0].prefix is no registry: /team",
        "{\"prefix\": \"q.io/Team\"} | registries[0].prefix is no registry: q.io/Team",
        "{\"prefix\": \"q.io/a:1\"} | registries[0].prefix is no registry: q.io/a:1",
        "{\"prefix\": \"*.q.io\"} | registries[0].prefix is no registry: *.q.io",
        "{\"prefix\": \"http://q.io\"} | registries[0].prefix is no registry: http://q.io",
        "{\"prefix\": \"q.io\", \"x\": 1} | registries[0] has an unknown field x",
        "{\"prefix\": \"q.io\", \"mirrors\": \"m\"} | registries[0].mirrors is not an array",
        "{\"prefix\": \"q.io\", \"mirrors\": [\"m\", null]} | registries[0].mirrors[1] is no registry",
        "{\"prefix\": \"q.io\", \"mirrors\": [\"\"]} | registries[0].mirrors[0] is no registry",
        "{\"prefix\": \"q.io\", \"mirrors\": [\"m/\"]} | registries[0].mirrors[0] is no registry: m/",
        "{\"prefix\": \"q.io\", \"mirrors\": [\"http://m\"]}"
            + " | registries[0].mirrors[0] is no registry: http://m",
        "{\"prefix\": \"q.io\", \"insecure\": \"true\"} | registries[0].insecure is not true or false",
        "{\"prefix\": \"q.io\", \"insecure\": 1} | registries[0].insecure is not true or false",
        "{\"prefix\": \"q.io/a\", \"insecure\": true}"
            + " | registries[0].insecure is for a whole registry and not for q.io/a",
        "{\"prefix\": \"q.io\", \"caFile\": true} | registries[0].caFile is not a string",
        "{\"prefix\": \"q.io\"}, {\"prefix\": \"q.io\"} | registries[1].prefix is there twice: q.io",
      })
  void a_problem_of_a_registry_names_its_place_and_the_field(String registry, String problem) {
    assertThat(problem("{\"registries\": [" + registry + "]}")).isEqualTo("r.json: " + problem);
  }

  @Test
  void what_is_no_object_or_no_text_is_said() {
    assertThat(problem("{\"registries\": [7]}")).contains("registries[0] is not an object");
    assertThat(problem("{\"registries\": [{\"prefix\": 7}]}"))
        .contains("registries[0].prefix is not a string");
    assertThat(problem("{\"registries\": [{\"prefix\": \"q.io\", \"mirrors\": [7]}]}"))
        .contains("registries[0].mirrors[0] is not a string");
  }

  @Test
  void all_problems_are_told_at_once() {
    assertThat(
            problem(
                """
                {"defaultRegistry": 1, "registries": [
                  {"prefix": "q.io", "insecure": "no"}, {"prefix": "r.io", "mirrors": 1}], "x": 0}
                """))
        .isEqualTo(
            "r.json: the document has an unknown field x; defaultRegistry is not a string;"
                + " registries[0].insecure is not true or false;"
                + " registries[1].mirrors is not an array");
  }

  @Test
  void a_name_without_a_registry_gets_the_default_one() throws ImageException {
    var config = RegistryConfig.parse(WHOLE, "r.json");

    assertThat(config.reference("app")).hasToString("registry.local:5000/app:latest");
    assertThat(config.reference("docker.io/app")).hasToString("docker.io/library/app:latest");
    assertThat(RegistryConfig.EMPTY.reference("app")).hasToString("docker.io/library/app:latest");
  }

  @Test
  void mirrors_take_the_place_of_the_prefix_and_come_before_the_registry() throws ImageException {
    var config = RegistryConfig.parse(WHOLE, "r.json");

    assertThat(config.places(config.reference("docker.io/app:1")))
        .containsExactly(
            new Place("mirror.local:5000", "library/app"),
            new Place("[::1]:5000", "hub/io/library/app"),
            new Place("docker.io", "library/app"));
    assertThat(config.places(config.reference("quay.io/team/a/b")))
        .containsExactly(new Place("cache", "quay/team/a/b"), new Place("quay.io", "team/a/b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"quay.io/teams/app", "quay.io/other/team", "quay.io:443/team/a", "other.io/a"})
  void a_prefix_is_of_whole_parts_of_a_name(String name) throws ImageException {
    var config = RegistryConfig.parse(WHOLE, "r.json");
    var reference = config.reference(name);

    assertThat(config.places(reference))
        .containsExactly(new Place(reference.domain(), reference.path()));
  }

  @ParameterizedTest
  @CsvSource({"q.io/a/b/c, deep", "q.io/a/x, middle", "q.io/x, whole"})
  void the_longest_prefix_counts_wherever_it_stands(String name, String mirror)
      throws ImageException {
    var config =
        one(
            """
            {"prefix": "q.io/a", "mirrors": ["middle"]},
            {"prefix": "q.io/a/b", "mirrors": ["deep"]},
            {"prefix": "q.io", "mirrors": ["whole"]}
            """);

    assertThat(config.places(config.reference(name)))
        .extracting(Place::domain)
        .containsExactly(mirror, "q.io");
  }

  @Test
  void a_longer_prefix_without_mirrors_takes_names_from_a_mirror() throws ImageException {
    var config = one("{\"prefix\": \"q.io\", \"mirrors\": [\"m\"]}, {\"prefix\": \"q.io/own\"}");

    assertThat(config.places(config.reference("q.io/own/a")))
        .containsExactly(new Place("q.io", "own/a"));
  }

  @Test
  void a_prefix_may_be_a_whole_name_and_a_mirror_without_a_repository_is_passed_over()
      throws ImageException {
    var config = one("{\"prefix\": \"q.io/a\", \"mirrors\": [\"bare\", \"m.io/other\"]}");

    assertThat(config.places(config.reference("q.io/a")))
        .containsExactly(new Place("m.io", "other"), new Place("q.io", "a"));
    assertThat(config.places(config.reference("q.io/a/b")))
        .containsExactly(
            new Place("bare", "b"), new Place("m.io", "other/b"), new Place("q.io", "a/b"));
  }

  @Test
  void docker_may_be_named_by_its_other_name() throws ImageException {
    var config =
        one(
            """
            {"prefix": "index.docker.io", "mirrors": ["m"]},
            {"prefix": "index.docker.io/user", "mirrors": ["u"]}
            """);

    assertThat(config.places(config.reference("app"))).contains(new Place("m", "library/app"));
    assertThat(config.places(config.reference("user/app"))).contains(new Place("u", "app"));
    assertThat(RegistryConfig.EMPTY.withInsecure("index.docker.io").isInsecure("docker.io"))
        .isTrue();
  }

  @Test
  void insecure_is_the_registry_of_that_name_alone() throws ImageException {
    var config = one("{\"prefix\": \"q.io:5000\", \"insecure\": true, \"mirrors\": [\"m.io\"]}");

    assertThat(config.isInsecure("q.io:5000")).isTrue();
    assertThat(List.of("q.io", "q.io:500", "q.io:50000", "a.q.io:5000", "m.io", ""))
        .noneMatch(config::isInsecure);
  }

  @Test
  void a_part_of_a_registry_never_makes_the_whole_insecure() {
    var part = new Registry("q.io/team", List.of(), true, null);

    assertThat(new RegistryConfig("docker.io", List.of(part)).isInsecure("q.io")).isFalse();
  }

  @Test
  void a_flag_makes_one_more_registry_insecure_and_leaves_the_rest() throws ImageException {
    var config = RegistryConfig.parse(WHOLE, "r.json");
    var more = config.withInsecure("new.local");

    assertThat(more.isInsecure("new.local")).isTrue();
    assertThat(more.isInsecure("registry.local:5000")).isTrue();
    assertThat(more.isInsecure("docker.io")).isFalse();
    assertThat(more.defaultRegistry()).isEqualTo("registry.local:5000");
    assertThat(config.isInsecure("new.local")).isFalse();
  }

  @Test
  void a_flag_keeps_mirrors_and_certificates_of_the_registry() throws ImageException {
    var config =
        one("{\"prefix\": \"q.io\", \"mirrors\": [\"m\"], \"caFile\": \"/a.pem\"}")
            .withInsecure("q.io");

    assertThat(config.isInsecure("q.io")).isTrue();
    assertThat(config.places(config.reference("q.io/a")))
        .containsExactly(new Place("m", "a"), new Place("q.io", "a"));
    assertThat(config.caFiles("q.io")).containsExactly(Path.of("/a.pem"));
  }

  @Test
  void certificates_are_those_of_the_registry_and_of_its_parts_in_order() throws ImageException {
    var config =
        one(
            """
            {"prefix": "q.io/team", "caFile": "/team.pem"},
            {"prefix": "q.io.evil", "caFile": "/evil.pem"},
            {"prefix": "q.io", "caFile": "/whole.pem"},
            {"prefix": "q.io/none"}
            """);

    assertThat(config.caFiles("q.io")).containsExactly(Path.of("/team.pem"), Path.of("/whole.pem"));
    assertThat(config.caFiles("q.i")).isEmpty();
    assertThat(config.caFiles("docker.io")).isEmpty();
  }

  private static RegistryConfig one(String registries) throws ImageException {
    return RegistryConfig.parse("{\"registries\": [" + registries + "]}", "r.json");
  }

  private static String problem(String json) {
    var problem =
        catchThrowableOfType(ImageException.class, () -> RegistryConfig.parse(json, "r.json"));
    assertThat(problem).isNotNull();
    assertThat(problem.category()).isEqualTo(Category.INVALID);
    return String.valueOf(problem.getMessage());
  }
}
