package jontainers.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import jontainers.linux.DeviceFilter.Rule;
import jontainers.linux.DeviceFilter.Verdict;
import org.junit.jupiter.api.Test;

/// What the program answers, by an interpreter of the few instructions it is made of.
class DeviceFilterTest {
  private static final int READ_WRITE = Rule.READ | Rule.WRITE;
  private static final int ALL = READ_WRITE | Rule.MKNOD;
  private static final DeviceFilter DOCKER =
      new DeviceFilter(
          List.of(
              new Rule(Verdict.DENY, DeviceFilter.Type.ANY, -1, -1, ALL),
              new Rule(Verdict.ALLOW, DeviceFilter.Type.CHARACTER, -1, -1, Rule.MKNOD),
              new Rule(Verdict.ALLOW, DeviceFilter.Type.BLOCK, -1, -1, Rule.MKNOD),
              new Rule(Verdict.ALLOW, DeviceFilter.Type.CHARACTER, 1, 3, ALL),
              new Rule(Verdict.ALLOW, DeviceFilter.Type.CHARACTER, 136, -1, ALL)));

  @Test
  void listed_devices_are_allowed_and_no_others() {
    assertThat(allows(DOCKER, DeviceFilter.Type.CHARACTER, 1, 3, READ_WRITE)).isTrue();
    assertThat(allows(DOCKER, DeviceFilter.Type.CHARACTER, 136, 9, Rule.READ)).isTrue();
    assertThat(allows(DOCKER, DeviceFilter.Type.CHARACTER, 1, 1, Rule.READ)).isFalse();
    assertThat(allows(DOCKER, DeviceFilter.Type.BLOCK, 1, 3, Rule.READ)).isFalse();
    assertThat(allows(DOCKER, DeviceFilter.Type.BLOCK, 254, 0, Rule.READ)).isFalse();
  }

  @Test
  void making_a_node_is_not_opening_it() {
    assertThat(allows(DOCKER, DeviceFilter.Type.BLOCK, 254, 0, Rule.MKNOD)).isTrue();
    assertThat(allows(DOCKER, DeviceFilter.Type.BLOCK, 254, 0, Rule.MKNOD | Rule.READ)).isFalse();
  }

  @Test
  void without_rules_nothing_is_allowed() {
    assertThat(allows(new DeviceFilter(List.of()), DeviceFilter.Type.CHARACTER, 1, 3, Rule.READ))
        .isFalse();
  }

  @Test
  void the_last_rule_that_matches_decides() {
    var filter =
        new DeviceFilter(
            List.of(
                new Rule(Verdict.ALLOW, DeviceFilter.Type.ANY, -1, -1, ALL),
                new Rule(Verdict.DENY, DeviceFilter.Type.BLOCK, 8, -1, Rule.WRITE)));

    assertThat(allows(filter, DeviceFilter.Type.BLOCK, 8, 1, Rule.READ)).isTrue();
    assertThat(allows(filter, DeviceFilter.Type.BLOCK, 8, 1, READ_WRITE)).isFalse();
    assertThat(allows(filter, DeviceFilter.Type.BLOCK, 9, 1, READ_WRITE)).isTrue();
  }

  @Test
  void nothing_follows_a_rule_that_always_decides() {
    var all = new Rule(Verdict.DENY, DeviceFilter.Type.ANY, -1, -1, ALL);
    var one = new Rule(Verdict.ALLOW, DeviceFilter.Type.CHARACTER, 1, 3, ALL);

    assertThat(new DeviceFilter(List.of(one, all)).program())
        .isEqualTo(new DeviceFilter(List.of(all)).program())
        .isEqualTo(new DeviceFilter(List.of()).program());
  }

  private static boolean allows(
      DeviceFilter filter, DeviceFilter.Type type, int major, int minor, int access) {
    int[] context = {access << 16 | (type == DeviceFilter.Type.BLOCK ? 1 : 2), major, minor};
    var code = ByteBuffer.wrap(filter.program()).order(ByteOrder.LITTLE_ENDIAN);
    int[] registers = new int[11];
    for (int at = 0; ; at++) {
      int opcode = code.get(at * 8) & 0xff;
      int to = code.get(at * 8 + 1) & 0xf;
      int from = (code.get(at * 8 + 1) >> 4) & 0xf;
      int offset = code.getShort(at * 8 + 2);
      int value = code.getInt(at * 8 + 4);
      switch (opcode) {
        case 0x61 -> registers[to] = context[offset / 4];
        case 0xbc -> registers[to] = registers[from];
        case 0xb4 -> registers[to] = value;
        case 0x54 -> registers[to] &= value;
        case 0x74 -> registers[to] >>>= value;
        case 0x56 -> at += registers[to] != value ? offset : 0;
        case 0x16 -> at += registers[to] == value ? offset : 0;
        case 0x5e -> at += registers[to] != registers[from] ? offset : 0;
        case 0x95 -> {
          return registers[0] == 1;
        }
        default -> throw new AssertionError("opcode " + Integer.toHexString(opcode));
      }
    }
  }
}
