package jontainers.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelNamesTest {
  @Test
  void a_capability_is_found_by_any_spelling_of_its_name() {
    assertThat(Capability.parse("CAP_CHOWN")).containsExactly(Capability.CAP_CHOWN);
    assertThat(Capability.parse("sys_admin")).containsExactly(Capability.CAP_SYS_ADMIN);
    assertThat(Capability.parse("all")).hasSize(41);
    assertThat(Capability.CAP_CHECKPOINT_RESTORE.number()).isEqualTo(40);
    assertThat(Capability.CAP_SETFCAP.number()).isEqualTo(31);
  }

  @Test
  void a_mistyped_capability_is_answered_with_the_nearest() {
    assertThatThrownBy(() -> Capability.parse("NET_ADNIM"))
        .hasMessage("no such capability: NET_ADNIM, did you mean CAP_NET_ADMIN?");
    assertThatThrownBy(() -> Capability.parse("everything"))
        .hasMessage("no such capability: everything");
  }

  @Test
  void a_set_of_names_is_a_mask_without_the_unknown() {
    var names = List.of("CAP_CHOWN", "CAP_CHECKPOINT_RESTORE", "CAP_WARP");

    assertThat(Capability.mask(names)).isEqualTo(1L << 40 | 1);
    assertThat(Capability.unknown(names)).containsExactly("CAP_WARP");
    assertThat(Capability.names(1L << 40 | 1))
        .containsExactly("CAP_CHOWN", "CAP_CHECKPOINT_RESTORE");
  }

  @Test
  void capability_sets_have_the_shape_of_capset() {
    var sets = new CapabilitySets(1L << 40 | 1, 2, 1L << 32);

    assertThat(CapabilitySets.header()).containsExactly(0x22, 0x05, 0x08, 0x20, 0, 0, 0, 0);
    assertThat(sets.data())
        .containsExactly(1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0);
    assertThat(CapabilitySets.of(sets.data())).isEqualTo(sets);
  }

  @Test
  void the_kernel_tells_its_own_capabilities() throws IOException {
    String status = Files.readString(Path.of("/proc/thread-self/status"));

    assertThat(status)
        .contains("CapEff:\t%016x".formatted(CapabilitySets.current().effective()))
        .contains("CapPrm:\t%016x".formatted(CapabilitySets.current().permitted()));
    assertThat(Capability.last()).isBetween(37, 63);
  }

  @Test
  void a_signal_is_found_by_name_or_number() {
    assertThat(Signal.parse("KILL")).isEqualTo(9);
    assertThat(Signal.parse("SIGKILL")).isEqualTo(9);
    assertThat(Signal.parse("sigterm")).isEqualTo(15);
    assertThat(Signal.parse("9")).isEqualTo(9);
    assertThat(Signal.parse("64")).isEqualTo(64);
    assertThat(Signal.parse("RTMIN+3")).isEqualTo(37);
    assertThat(Signal.parse("SIGRTMAX-1")).isEqualTo(63);
    assertThat(Signal.parse("POLL")).isEqualTo(29);
    assertThat(Signal.name(15)).isEqualTo("SIGTERM");
    assertThat(Signal.name(37)).isEqualTo("SIGRTMIN+3");
    assertThat(Signal.of(9)).contains(Signal.SIGKILL);
  }

  @Test
  void a_mistyped_signal_is_answered_with_the_nearest() {
    assertThatThrownBy(() -> Signal.parse("TREM"))
        .hasMessage("no such signal: TREM, did you mean SIGTERM?");
    for (String text : List.of("0", "65", "999999999999")) {
      assertThatThrownBy(() -> Signal.parse(text))
          .hasMessage("no such signal: " + text + ", numbers go from 1 to 64");
    }
    assertThatThrownBy(() -> Signal.parse("")).hasMessageStartingWith("no such signal");
  }

  @Test
  void a_resource_limit_is_found_by_name() {
    assertThat(Rlimit.parse("nofile").number()).isEqualTo(7);
    assertThat(Rlimit.parse("RLIMIT_RTTIME").number()).isEqualTo(15);
    assertThatThrownBy(() -> Rlimit.parse("nofiles"))
        .hasMessage("no such resource limit: nofiles, did you mean RLIMIT_NOFILE?");
  }
}
