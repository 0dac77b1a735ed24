package jontainers.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jontainers.oci.ImageConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What an image says counts where the request says nothing, as with Docker.
class ImageDefaultsTest {
  private static ImageConfig.Config image(
      List<String> entrypoint, List<String> cmd, Set<String> volumes, String stopSignal) {
    return new ImageConfig.Config(
        "app",
        Set.of("80/tcp"),
        List.of("A=1", "B=2", "broken", "=x"),
        entrypoint,
        cmd,
        null,
        volumes,
        "srv",
        Map.of("l", "image", "both", "image"),
        stopSignal,
        30,
        false,
        List.of(),
        List.of());
  }

  private static ContainerSpec.Draft of(String... command) {
    return ContainerSpec.of(RootImage.stored("x"), command);
  }

  @ParameterizedTest
  @CsvSource({
    // the image's entrypoint and command; the request's, - for none; what is run
    "e, c, -, -, e c",
    "e, c, -, d, e d",
    "e, c, f, -, f",
    "e, c, f, d, f d",
    "'', c, -, -, c",
    "'', c, -, d, d",
    "e, '', -, -, e",
    "e, c, '', d, d",
    "'', '', -, -, ''"
  })
  void entrypoint_and_command_go_together(
      String imageEntrypoint, String imageCommand, String entrypoint, String command, String run)
      throws EngineException {
    var draft = command.equals("-") ? of() : of(command);
    if (!entrypoint.equals("-")) {
      draft.entrypoint(words(entrypoint));
    }
    var config = image(words(imageEntrypoint), words(imageCommand), Set.of(), "");

    var merged = ImageDefaults.merge(draft.build(), config);

    assertThat(merged.spec().command()).isEqualTo(words(run));
    assertThat(merged.spec().entrypoint()).isEmpty();
  }

  /// Docker's daemon: "Reset the Entrypoint if it is [""]".
  @Test
  void an_entrypoint_of_one_empty_word_is_none() throws EngineException {
    var empty = List.of("");

    assertThat(ImageDefaults.merge(of().build(), image(empty, List.of("c"), Set.of(), "")))
        .satisfies(
            merged -> assertThat(merged.spec().command()).containsExactly("c"),
            merged -> assertThat(merged.config().entrypoint()).isEmpty());
    var request = of("d").entrypoint(empty).build();
    assertThat(
            ImageDefaults.merge(request, image(List.of("e"), List.of("c"), Set.of(), ""))
                .spec()
                .command())
        .containsExactly("d");
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" "));
  }

  @Test
  void a_name_alone_takes_the_images_variable_away() throws EngineException {
    var merged =
        ImageDefaults.merge(
            of("c").withoutEnvironment("A").withoutEnvironment("C").build(),
            image(List.of(), List.of(), Set.of(), ""));

    assertThat(merged.spec().environment()).containsExactly("A", "B=2", "C");
    assertThat(merged.config().env()).containsExactly("B=2");
  }

  @Test
  void the_image_says_the_rest() throws EngineException {
    var merged =
        ImageDefaults.merge(
            of("c").environment("B", "9").label("both", "user").build(),
            image(List.of(), List.of(), Set.of(), "SIGUSR1"));

    assertThat(merged.spec().environment()).containsExactly("A=1", "B=9");
    assertThat(merged.spec().workingDirectory()).isEqualTo("/srv");
    assertThat(merged.spec().user()).isEqualTo("app");
    assertThat(merged.spec().labels()).isEqualTo(Map.of("l", "image", "both", "user"));
    assertThat(merged.spec().stop()).isEqualTo(new ContainerSpec.StopRequest(10, 30));
    assertThat(merged.config().exposedPorts()).containsExactly("80/tcp");
    assertThat(merged.config().stopSignal()).isEqualTo("SIGUSR1");
  }

  @Test
  void the_request_counts_more() throws EngineException {
    var merged =
        ImageDefaults.merge(
            of("c")
                .workingDirectory("/w")
                .user("0")
                .stop(new ContainerSpec.StopRequest(2, -1))
                .build(),
            image(List.of(), List.of(), Set.of(), "SIGUSR1"));

    assertThat(merged.spec().workingDirectory()).isEqualTo("/w");
    assertThat(merged.spec().user()).isEqualTo("0");
    assertThat(merged.spec().stop()).isEqualTo(new ContainerSpec.StopRequest(2, -1));
  }

  @Test
  void without_an_image_docker_s_defaults_count() throws EngineException {
    var merged =
        ImageDefaults.merge(
            ContainerSpec.of(RootImage.host(), "c").build(), ImageConfig.Config.NONE);

    assertThat(merged.spec().workingDirectory()).isEqualTo("/");
    assertThat(merged.spec().stop()).isEqualTo(ContainerSpec.StopRequest.standard());
    assertThat(merged.config().workingDir()).isNull();
  }

  @Test
  void volumes_are_those_that_nothing_is_mounted_on() throws EngineException {
    var spec =
        of("c")
            .mount(FileMount.Bind.of(Path.of("/x"), "/mounted/", FileMount.Access.READ_WRITE))
            .build();

    assertThat(
            ImageDefaults.merge(
                    spec, image(List.of(), List.of(), Set.of("/mounted", "rel/../data"), ""))
                .volumes())
        .containsExactly("/data");
    assertThatThrownBy(
            () -> ImageDefaults.merge(spec, image(List.of(), List.of(), Set.of("/a/.."), "")))
        .hasMessageContaining("a volume at its root");
  }

  @Test
  void a_stop_signal_that_nobody_knows_is_told() {
    assertThatThrownBy(() ->
            ImageDefaults.merge(of("c").build(), image(List.of(), List.of(), Set.of(), "NONE")))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("stop signal is not known: NONE");
  }
}
