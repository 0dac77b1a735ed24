package jontainers.image.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jontainers.image.ImageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Docker's grammar of image names.
class ReferenceTest {
  private static final String SHA =
      "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

  @ParameterizedTest
  @CsvSource({
    "busybox, docker.io/library/busybox:latest, busybox:latest",
    "busybox:1.36, docker.io/library/busybox:1.36, busybox:1.36",
    "docker.io/busybox, docker.io/library/busybox:latest, busybox:latest",
    "index.docker.io/library/busybox, docker.io/library/busybox:latest, busybox:latest",
    "user/app, docker.io/user/app:latest, user/app:latest",
    "docker.io/library/a/b, docker.io/library/a/b:latest, library/a/b:latest",
    "docker.io/quay.io/a, docker.io/quay.io/a:latest, docker.io/quay.io/a:latest",
    "docker.io/localhost/a, docker.io/localhost/a:latest, docker.io/localhost/a:latest",
    "localhost/app, localhost/app:latest, localhost/app:latest",
    "localhost:5000/app:v1, localhost:5000/app:v1, localhost:5000/app:v1",
    "[::1]:5000/a/b, [::1]:5000/a/b:latest, [::1]:5000/a/b:latest",
    "Host/app, Host/app:latest, Host/app:latest",
    "quay.io/a/b__c-d--e.f, quay.io/a/b__c-d--e.f:latest, quay.io/a/b__c-d--e.f:latest",
    "a@" + SHA + ", docker.io/library/a@" + SHA + ", a@" + SHA,
    "q.io/a:t@" + SHA + ", q.io/a:t@" + SHA + ", q.io/a:t@" + SHA,
  })
  void a_name_is_completed_with_dockers_defaults(String text, String full, String familiar)
      throws ImageException {
    var reference = Reference.parse(text);

    assertThat(reference).hasToString(full);
    assertThat(reference.familiar()).isEqualTo(familiar);
    assertThat(Reference.parse(full)).isEqualTo(reference);
    assertThat(Reference.parse(familiar)).isEqualTo(reference);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/a",
        "a/",
        "a//b",
        "A",
        "user/App",
        "a:",
        "a:-x",
        ":x",
        "-a",
        "a-",
        "a..b",
        "a___b",
        "a@",
        "a@sha256:00",
        "a@md5:00",
        "a b",
        "ä",
        "http://a/b",
        "x.io/",
        "-x.io/a",
        "x.io:p/a",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a\n",
        "[::1]/A"
      })
  void what_is_no_name_is_refused(String text) {
    assertThatThrownBy(() -> Reference.parse(text))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("invalid image name ");
  }

  @Test
  void lengths_have_bounds() throws ImageException {
    assertThat(Reference.parse("q.io/" + "a".repeat(250)).path()).hasSize(250);
    assertThatThrownBy(() -> Reference.parse("q.io/" + "a".repeat(251)))
        .hasMessageContaining("longer than 255");
    assertThat(Reference.parse("a:" + "t".repeat(128)).tag()).hasSize(128);
    assertThatThrownBy(() -> Reference.parse("a:" + "t".repeat(129))).hasMessageContaining("tag");
  }

  @Test
  void another_registry_can_be_the_default() throws ImageException {
    assertThat(Reference.parse("app", "registry.local:5000"))
        .hasToString("registry.local:5000/app:latest");
    assertThat(Reference.parse("docker.io/app", "registry.local:5000"))
        .hasToString("docker.io/library/app:latest");
  }

  @Test
  void a_registry_is_asked_for_the_digest_where_there_is_one() throws ImageException {
    assertThat(Reference.parse("a:t@" + SHA).selector()).isEqualTo(SHA);
    assertThat(Reference.parse("a:t").selector()).isEqualTo("t");
  }
}
