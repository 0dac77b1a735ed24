package jontainers.runtime.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jontainers.linux.proxy.Call;
import jontainers.oci.Mount;
import org.junit.jupiter.api.Test;

class MountRootTest {
  private static final String STATE = "/var/lib/jontainers/";
  private static final String SNAPSHOT = STATE + "containers/" + "c".repeat(64) + "/root";

  @Test
  void a_few_layers_are_named_by_their_paths() {
    var step = MountStep.MountRoot.of(overlay(3));

    assertThat(step.summary()).isEqualTo("mount the root filesystem (overlay)");
    assertThat(step.calls().calls()).hasSize(1);
    assertThat(step.data())
        .startsWith("lowerdir=" + layer(0) + ":" + layer(1))
        .endsWith("volatile");
  }

  @Test
  void many_layers_are_named_by_their_descriptors() {
    var step = MountStep.MountRoot.of(overlay(150));

    assertThat(step.summary()).isEqualTo("mount the root filesystem (overlay of 150 layers)");
    var calls = step.calls().calls().stream().map(Call::toString).toList();
    assertThat(calls).hasSize(3 * 150 + 2);
    assertThat(calls.subList(0, 3))
        .containsExactly(
            "openat(AT_FDCWD, \"" + layer(0) + "\", O_PATH|O_DIRECTORY|O_CLOEXEC, 0)",
            "dup3(result 0, 800, O_CLOEXEC)",
            "close(result 0)");
    assertThat(calls.get(448)).isEqualTo("dup3(result 447, 949, O_CLOEXEC)");
    assertThat(calls.get(450)).contains("lowerdir=/proc/self/fd/800:/proc/self/fd/801:");
    assertThat(calls.getLast()).isEqualTo("close_range(800, 949, 0)");
    assertThat(step.data().length()).isLessThan(4096);
    assertThat(step.data()).endsWith(",volatile");
  }

  @Test
  void a_name_with_colons_commas_and_backslashes_is_opened_as_it_is() {
    String name = "/a\\:b\\,c\\\\d";
    var mount = overlay(List.of(name, "/" + "x".repeat(5000)));

    assertThat(MountStep.MountRoot.of(mount).layers().getFirst()).isEqualTo("/a:b,c\\d");
  }

  @Test
  void two_hundred_layers_fit_and_no_more() {
    assertThat(MountStep.MountRoot.of(overlay(200)).layers()).hasSize(200);
    assertThatThrownBy(() -> MountStep.MountRoot.of(overlay(201)))
        .hasMessage("the options of the root filesystem are longer than a page: 201 layers");
  }

  private static String layer(int i) {
    return STATE + "layers/sha256/" + "%064x".formatted(i) + "/fs";
  }

  private static Mount overlay(int layers) {
    return overlay(IntStream.range(0, layers).mapToObj(MountRootTest::layer).toList());
  }

  private static Mount overlay(List<String> layers) {
    var options = new ArrayList<String>();
    options.add(layers.stream().collect(Collectors.joining(":", "lowerdir=", "")));
    options.add("upperdir=" + SNAPSHOT + "/upper");
    options.add("workdir=" + SNAPSHOT + "/work");
    options.add("volatile");
    return new Mount(SNAPSHOT + "/merged", "overlay", "overlay", options);
  }
}
