package jontainers.runtime.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MountOptionsTest {
  @Test
  void attributes_propagation_and_data_are_sorted_apart() {
    var options = MountOptions.parse(List.of("nosuid", "noexec", "ro", "rslave", "size=64k"));

    assertThat(options.set()).isEqualTo(0x1 | 0x2 | 0x8);
    assertThat(options.propagation()).isEqualTo(0x80000 | 0x4000);
    assertThat(options.data()).containsExactly("size=64k");
    assertThat(options.bind()).isFalse();
  }

  @Test
  void the_last_of_two_contradicting_options_counts() {
    assertThat(MountOptions.parse(List.of("ro", "rw")))
        .satisfies(o -> assertThat(o.set()).isZero())
        .satisfies(o -> assertThat(o.clear()).isEqualTo(0x1));
    assertThat(MountOptions.parse(List.of("rw", "ro")).set()).isEqualTo(0x1);
  }

  @Test
  void access_times_are_one_field() {
    assertThat(MountOptions.parse(List.of("noatime", "strictatime")))
        .satisfies(o -> assertThat(o.set()).isEqualTo(0x20))
        .satisfies(o -> assertThat(o.clear()).isEqualTo(0x70));
  }

  @Test
  void only_rbind_takes_the_mounts_below_along() {
    assertThat(MountOptions.parse(List.of("bind"))).matches(o -> o.bind() && !o.recursive());
    assertThat(MountOptions.parse(List.of("rbind"))).matches(o -> o.bind() && o.recursive());
  }
}
