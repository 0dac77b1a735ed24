package jontainers.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Docker's config.json, and what registries ask with.
class CredentialsTest {
  @TempDir private Path directory;

  @Test
  void a_login_is_kept_as_docker_keeps_it() throws Exception {
    var file = directory.resolve("new/config.json");
    var credentials = Credentials.of(file);
    credentials.store("q.io:5000", Login.password("me", "a:b"));
    credentials.store("docker.io", new Login("you", "refresh", Login.Kind.REFRESH_TOKEN));

    assertThat(Files.readString(file))
        .contains("\"q.io:5000\"", "\"bWU6YTpi\"", "https://index.docker.io/v1/", "identitytoken");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(credentials.find("q.io:5000")).contains(Login.password("me", "a:b"));
    assertThat(credentials.find("docker.io"))
        .contains(new Login("you", "refresh", Login.Kind.REFRESH_TOKEN));
    assertThat(credentials.erase("q.io:5000")).isTrue();
    assertThat(credentials.erase("q.io:5000")).isFalse();
    assertThat(credentials.find("q.io:5000")).isEmpty();
    assertThat(credentials.find("docker.io")).isPresent();
  }

  @Test
  void fields_of_others_stay() throws Exception {
    var file = directory.resolve("config.json");
    var _ = Files.writeString(file, "{\"psFormat\":\"x\",\"HttpHeaders\":{\"A\":\"b\"}}");
    Credentials.of(file).store("q.io", Login.password("me", "pw"));
    assertThat(Files.readString(file)).contains("psFormat", "HttpHeaders");
  }

  @Test
  void challenges_are_read_as_they_are_written() {
    assertThat(
            Challenge.parse(
                List.of("Bearer realm=\"https://a/t?x=1,2\", service=\"s \\\"q\\\"\",scope=z")))
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of("realm", "https://a/t?x=1,2", "service", "s \"q\"", "scope", "z")));
    assertThat(Challenge.parse(List.of("Basic realm=\"x\", Bearer realm=\"y\"")))
        .extracting(Challenge::scheme)
        .containsExactly("basic", "bearer");
  }

  @Test
  void a_login_does_not_show_its_secret() {
    assertThat(Login.password("me", "geheim").toString()).doesNotContain("geheim");
  }

  @Test
  void proxies_are_those_of_the_environment_but_not_for_this_machine() {
    var proxies =
        new Transport.EnvironmentProxies(
            Map.of("HTTPS_PROXY", "http://proxy:3128", "NO_PROXY", "a.io,.b.io"));
    assertThat(proxies.select(java.net.URI.create("https://q.io/")).getFirst().address())
        .hasToString("proxy/<unresolved>:3128");
    for (String direct :
        List.of("https://a.io/", "https://x.b.io/", "https://localhost/", "http://q.io/")) {
      assertThat(proxies.select(java.net.URI.create(direct)))
          .as(direct)
          .containsExactly(java.net.Proxy.NO_PROXY);
    }
  }
}
