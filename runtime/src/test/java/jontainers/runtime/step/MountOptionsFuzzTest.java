package jontainers.runtime.step;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.List;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// Any list of mount options makes a request that mount_setattr(2) takes.
class MountOptionsFuzzTest {
  @Test
  void seeds_and_random_options_are_sorted() throws Exception {
    Inputs.run(MountOptionsFuzzTest.class, "options", 50_000, this::options);
  }

  /// @param input options, separated by commas
  @FuzzTest
  void options(byte[] input) {
    var words = List.of(new String(input, UTF_8).split(",", -1));

    var options = MountOptions.parse(words);

    long atime = MountOptions.MOUNT_ATTR_ATIME;
    assertThat(options.set() & options.clear() & ~atime).as("set and cleared").isZero();
    assertThat((options.set() & atime) == 0 || (options.clear() & atime) == atime)
        .as("the field of access times is cleared before it is set")
        .isTrue();
    assertThat(options.set() & atime).isNotEqualTo(0x30);
    assertThat(options.bind() || !options.recursive()).isTrue();
    if (options.propagation() != 0) {
      assertThat(MountOptions.propagationName(options.propagation())).startsWith("MS_");
    }
    assertThat(words).containsAll(options.data());
    for (String word : options.data()) {
      var alone = MountOptions.parse(List.of(word));
      assertThat(alone.set() | alone.clear() | alone.propagation()).as(word).isZero();
    }
    var twice = new ArrayList<>(words);
    twice.addAll(words);
    var again = MountOptions.parse(twice);
    assertThat(List.of(again.set(), again.clear(), again.propagation()))
        .isEqualTo(List.of(options.set(), options.clear(), options.propagation()));
  }
}
