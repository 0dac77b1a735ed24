package jontainers.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import jontainers.image.name.RegistryConfig;
import jontainers.linux.Fd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which registries a command asks, and how.
class RegistriesTest {
  @TempDir private Path directory;

  private RegistryConfig config(Map<String, String> environment) throws Exception {
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY)) {
      return Registries.config(new Session(none, none, none, environment, directory));
    }
  }

  @Test
  void the_file_is_that_of_the_variable() throws Exception {
    Files.writeString(directory.resolve("mine.json"), "{\"defaultRegistry\":\"here.local\"}");
    assertThat(config(Map.of(Registries.FILE, "mine.json")).defaultRegistry())
        .isEqualTo("here.local");
    assertThatThrownBy(() -> config(Map.of(Registries.FILE, "other.json")))
        .hasMessage("no such file: " + directory.resolve("other.json"));
  }

  @Test
  void users_who_are_not_root_have_a_file_of_their_own() throws Exception {
    var file = Files.createDirectories(directory.resolve("jontainers")).resolve("registries.json");
    Files.writeString(file, "{\"defaultRegistry\":\"own.local\"}");
    var inside = Map.of("JONTAINERS_ROOTLESS", "1", "XDG_CONFIG_HOME", directory.toString());
    assertThat(config(inside).defaultRegistry()).isEqualTo("own.local");

    var home =
        Files.createDirectories(directory.resolve(".config/jontainers")).resolve("registries.json");
    Files.writeString(home, "{\"defaultRegistry\":\"home.local\"}");
    assertThat(
            config(Map.of("JONTAINERS_ROOTLESS", "1", "HOME", directory.toString()))
                .defaultRegistry())
        .isEqualTo("home.local");
  }

  @ParameterizedTest
  @CsvSource({
    "'',docker.io",
    "docker.io,docker.io",
    "https://index.docker.io/v1/,docker.io",
    "registry-1.docker.io,docker.io",
    "localhost:5000,localhost:5000",
    "https://quay.io/v2/,quay.io"
  })
  void a_server_is_a_host_or_a_url(String word, String domain) throws Exception {
    assertThat(Registries.domain(RegistryConfig.EMPTY, word)).isEqualTo(domain);
  }

  @Test
  void the_options_are_about_the_registry_of_the_name_alone() throws Exception {
    var config = RegistryConfig.EMPTY.withInsecure("a.local").withCaFile("b.local", directory);
    assertThat(config.isInsecure("a.local")).isTrue();
    assertThat(config.isInsecure("b.local")).isFalse();
    assertThat(config.caFiles("b.local")).containsExactly(directory);
    assertThat(config.caFiles("a.local")).isEmpty();
  }

  @Test
  void a_file_of_certificates_has_to_be_there() throws Exception {
    var spec = new PullCommand().spec();
    var parsed = CommandParser.parse(spec, java.util.List.of("--ca", "nothing.pem", "a.local/b"));
    try (var none = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY)) {
      var session = new Session(none, none, none, Map.of(), directory);
      var refused =
          catchThrowableOfType(
              UsageException.class,
              () -> Registries.client(session, RegistryConfig.EMPTY, parsed, "a.local"));
      assertThat(refused)
          .hasMessage("cannot read the file of --ca: " + directory.resolve("nothing.pem"));
    }
  }

  @ParameterizedTest
  @CsvSource({"auto,AUTO", "tty,TTY", "plain,PLAIN", "json,JSON"})
  void ways_to_show_progress_have_dockers_words(String word, TransferDisplay.Mode mode)
      throws Exception {
    assertThat(TransferDisplay.Mode.parse(word)).isEqualTo(mode);
    assertThatThrownBy(() -> TransferDisplay.Mode.parse(word + "x"))
        .hasMessage("invalid progress: \"" + word + "x\"");
  }
}
