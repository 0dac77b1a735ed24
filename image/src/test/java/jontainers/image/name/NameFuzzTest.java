package jontainers.image.name;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Objects;
import jontainers.image.ImageException;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// Whatever a user writes as the name of an image or into the file of registries, it is understood,
/// the same when it is written out, or is refused with a reason.
class NameFuzzTest {
  @Test
  void seeds_and_random_names_are_read_or_refused() throws Exception {
    Inputs.run(NameFuzzTest.class, "references", 50_000, this::references);
  }

  @Test
  void seeds_and_random_configurations_are_read_or_refused() throws Exception {
    Inputs.run(NameFuzzTest.class, "configurations", 20_000, this::configurations);
  }

  /// @param input a name
  @FuzzTest
  void references(byte[] input) {
    Reference reference;
    try {
      reference = Reference.parse(new String(input, UTF_8));
    } catch (ImageException e) {
      assertThat(Objects.requireNonNull(e.getMessage())).startsWith("invalid image name");
      return;
    }
    assertThat(parsed(reference.toString())).isEqualTo(reference);
    assertThat(parsed(reference.familiar())).isEqualTo(reference);
    assertThat(reference.selector()).isNotEmpty();
  }

  /// @param input the text of a file
  @FuzzTest
  void configurations(byte[] input) {
    RegistryConfig config;
    try {
      config = RegistryConfig.parse(new String(input, UTF_8), "registries.json");
    } catch (ImageException e) {
      assertThat(Objects.requireNonNull(e.getMessage())).startsWith("registries.json: ");
      return;
    }
    for (var registry : config.registries()) {
      String prefix = registry.prefix();
      int slash = prefix.indexOf('/');
      var reference =
          slash < 0
              ? new Reference(prefix, "image", "latest", null)
              : new Reference(
                  prefix.substring(0, slash),
                  prefix.substring(slash + 1) + "/image",
                  "latest",
                  null);
      var places = config.places(reference);
      assertThat(places)
          .isNotEmpty() // a longer prefix may have other mirrors
          .endsWith(new RegistryConfig.Place(reference.domain(), reference.path()))
          .allMatch(place -> !place.domain().isEmpty() && !place.path().isEmpty());
      assertThat(config.isInsecure(prefix)).isEqualTo(registry.insecure());
      assertThat(config.caFiles(reference.domain()).isEmpty() && registry.caFile() != null)
          .isFalse();
    }
  }

  private static Reference parsed(String text) {
    try {
      return Reference.parse(text);
    } catch (ImageException e) {
      throw new AssertionError(text, e);
    }
  }
}
