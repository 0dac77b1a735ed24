package jontainers.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jontainers.image.ImageException;
import jontainers.image.ImageException.Category;
import jontainers.oci.Descriptor;
import jontainers.oci.MediaTypes;
import jontainers.oci.Platform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The rules of containerd's package platforms.
class PlatformMatchTest {
  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/amd64",
    "linux/amd64/v1, linux/amd64",
    "linux/amd64/v3, linux/amd64/v3",
    "linux/x86_64, linux/amd64",
    "Linux/X86-64/V2, linux/amd64/v2",
    "linux/i386, linux/386",
    "linux/i686, linux/386",
    "linux/386/x, linux/386",
    "linux/aarch64, linux/arm64",
    "linux/arm64/8, linux/arm64",
    "linux/arm64/v8, linux/arm64",
    "linux/arm64/v8.0, linux/arm64",
    "linux/arm64/v8.2, linux/arm64/v8.2",
    "linux/arm64/9, linux/arm64/v9",
    "linux/arm64/v9.0, linux/arm64/v9",
    "linux/armhf, linux/arm/v7",
    "linux/armel, linux/arm/v6",
    "linux/arm, linux/arm/v7",
    "linux/arm/v7, linux/arm/v7",
    "linux/arm/V7, linux/arm/v7",
    "linux/arm/5, linux/arm/v5",
    "linux/arm/6, linux/arm/v6",
    "linux/arm/7, linux/arm/v7",
    "linux/arm/8, linux/arm/v8",
    "windows/amd64, windows/amd64",
    "linux/riscv64, linux/riscv64",
    "linux/newcpu/v1, linux/newcpu/v1",
    "arm64, linux/arm64",
    "x86_64, linux/amd64",
    "armel, linux/arm/v6",
    "s390x, linux/s390x",
  })
  void a_platform_is_written_in_one_way(String text, String normal) throws ImageException {
    assertThat(PlatformMatch.parse(text)).hasToString(normal);
    assertThat(PlatformMatch.of(platform(normal))).hasToString(normal);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/amd64",
        "linux/",
        "linux//v7",
        "linux/arm/",
        "linux/arm/v7/x",
        "linux/arm v7",
        "linux/*",
        "linux,amd64",
        "linux/amd64\n",
        "linux/ä"
      })
  void what_is_no_platform_is_refused_with_the_way_to_write_one(String text) {
    assertRefused(text, "invalid platform \"" + text + "\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"toaster", "v7", "Windows", "latest"})
  void a_word_alone_has_to_be_an_architecture(String text) {
    assertRefused(
        text, "invalid platform \"" + text + "\": unknown operating system or architecture");
  }

  private static void assertRefused(String text, String message) {
    var problem = catchThrowableOfType(ImageException.class, () -> PlatformMatch.parse(text));
    assertThat(problem).hasMessage(message);
    assertThat(problem.category()).isEqualTo(Category.INVALID);
    assertThat(problem.hint()).isEqualTo("a platform is written as linux/amd64 or linux/arm/v7");
  }

  /// The order is found by taking away what was chosen until nothing more is.
  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/amd64 linux/386",
    "linux/amd64/v3, linux/amd64/v3 linux/amd64/v2 linux/amd64 linux/386",
    "linux/386, linux/386",
    "linux/arm, linux/arm/v7 linux/arm/v6 linux/arm/v5",
    "linux/arm/v8, linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5",
    "linux/arm/v7, linux/arm/v7 linux/arm/v6 linux/arm/v5",
    "linux/arm/v6, linux/arm/v6 linux/arm/v5",
    "linux/arm/v5, linux/arm/v5",
    "linux/arm64, linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5",
    "linux/arm64/v8.2, linux/arm64/v8.2 linux/arm64/v8.1 linux/arm64 linux/arm/v8"
        + " linux/arm/v7 linux/arm/v6 linux/arm/v5",
    "linux/arm64/v9, linux/arm64/v9 linux/arm64/v8.5 linux/arm64/v8.2 linux/arm64/v8.1"
        + " linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5",
    "linux/arm64/v9.1, linux/arm64/v9.1 linux/arm64/v9 linux/arm64/v8.6 linux/arm64/v8.5"
        + " linux/arm64/v8.2 linux/arm64/v8.1"
        + " linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5",
    "linux/riscv64, linux/riscv64",
    "windows/amd64, windows/amd64",
    "linux/s390x, ''",
  })
  void the_best_of_an_index_is_the_newest_that_the_machine_runs(String wanted, String order)
      throws ImageException {
    var match = PlatformMatch.parse(wanted);
    var left = new ArrayList<>(OFFERED.stream().map(PlatformMatchTest::manifest).toList());
    var chosen = new ArrayList<String>();
    for (var best = match.best(left); best.isPresent(); best = match.best(left)) {
      chosen.add(String.valueOf(best.get().platform()));
      left.remove(best.get());
    }

    assertThat(String.join(" ", chosen)).isEqualTo(order);
    assertThat(OFFERED).filteredOn(p -> match.fits(platform(p))).hasSameElementsAs(chosen);
  }

  /// Oldest first, so that the order of an index is never the right one.
  private static final List<String> OFFERED =
      List.of(
          "linux/386",
          "linux/arm/v5",
          "linux/arm/v6",
          "linux/arm/v7",
          "linux/arm/v8",
          "linux/amd64",
          "linux/amd64/v2",
          "linux/amd64/v3",
          "linux/amd64/v4",
          "linux/arm64",
          "linux/arm64/v8.1",
          "linux/arm64/v8.2",
          "linux/arm64/v8.5",
          "linux/arm64/v8.6",
          "linux/arm64/v9",
          "linux/arm64/v9.1",
          "linux/riscv64",
          "windows/amd64",
          "unknown/unknown");

  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/amd64/v1",
    "linux/amd64, linux/x86_64",
    "linux/arm64, linux/arm64/v8",
    "linux/arm64, linux/aarch64",
    "linux/arm/v7, linux/arm",
    "linux/arm/v6, linux/armel",
    "linux/arm64, Linux/ARM64/V8",
  })
  void what_an_index_offers_may_be_written_in_other_ways(String wanted, String offered)
      throws ImageException {
    var manifest = manifest(offered);

    assertThat(PlatformMatch.parse(wanted).best(List.of(manifest))).contains(manifest);
    assertThat(PlatformMatch.parse(wanted).fits(platform(offered))).isTrue();
  }

  @Test
  void an_older_machine_does_not_get_what_a_newer_one_runs() throws ImageException {
    assertThat(PlatformMatch.parse("linux/amd64").fits(platform("linux/amd64/v2"))).isFalse();
    assertThat(PlatformMatch.parse("linux/arm/v6").fits(platform("linux/arm"))).isFalse();
    assertThat(PlatformMatch.parse("linux/arm").fits(platform("linux/arm64"))).isFalse();
  }

  @Test
  void of_manifests_for_the_same_platform_the_first_is_taken() throws ImageException {
    var first = manifest("linux/amd64/v1");
    var second = manifest("linux/amd64");

    assertThat(PlatformMatch.parse("amd64").best(List.of(first, second))).contains(first);
    assertThat(PlatformMatch.parse("amd64").best(List.of(second, first))).contains(second);
  }

  @Test
  void a_manifest_that_names_no_platform_is_passed_over() throws ImageException {
    var nameless = Descriptor.of(MediaTypes.MANIFEST, new byte[] {1});
    var named = manifest("linux/amd64");

    assertThat(PlatformMatch.parse("amd64").best(List.of(nameless))).isEmpty();
    assertThat(PlatformMatch.parse("amd64").best(List.of(nameless, named))).contains(named);
    assertThat(PlatformMatch.parse("amd64").best(List.of())).isEmpty();
  }

  @Test
  void the_host_is_linux_on_the_architecture_of_this_machine_in_gos_words() throws ImageException {
    String machine = System.getProperty("os.arch");
    String inGo =
        switch (machine) {
          case "amd64" -> "linux/amd64";
          case "aarch64" -> "linux/arm64";
          default -> PlatformMatch.parse(machine).toString();
        };

    assertThat(PlatformMatch.host()).hasToString(inGo);
    assertThat(PlatformMatch.parse("linux")).hasToString(inGo);
    assertThat(PlatformMatch.parse("Linux")).hasToString(inGo);
  }

  private static Descriptor manifest(String platform) {
    return Descriptor.of(MediaTypes.MANIFEST, platform.getBytes(StandardCharsets.UTF_8))
        .withPlatform(platform(platform));
  }

  private static Platform platform(String text) {
    String[] parts = text.split("/", -1);
    return Platform.of(parts[0], parts[1], parts.length > 2 ? parts[2] : null);
  }
}
