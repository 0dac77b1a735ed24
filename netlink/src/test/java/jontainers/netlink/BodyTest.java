package jontainers.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class BodyTest {
  @Test
  void an_attribute_has_its_length_its_type_and_padding() {
    assertThat(hex(new Body().bytes(3, new byte[] {1, 2, 3, 4, 5})))
        .isEqualTo("0900 0300 0102030405 000000".replace(" ", ""));
  }

  @Test
  void a_string_ends_in_nul() {
    assertThat(hex(new Body().string(3, "lo"))).isEqualTo("0700 0300 6c6f00 00".replace(" ", ""));
  }

  @Test
  void integers_are_in_the_machines_order_unless_named_be() {
    assertThat(hex(new Body().u32(1, 1))).isEqualTo("0800010001000000");
    assertThat(hex(new Body().be32(1, 1))).isEqualTo("0800010000000001");
    assertThat(hex(new Body().be64(1, 1))).isEqualTo("0c0001000000000000000001");
  }

  @Test
  void a_nested_attribute_counts_what_is_inside_and_is_flagged() {
    var body = new Body().nested(18, info -> info.string(1, "veth").nested(2, data -> {}));
    assertThat(hex(body))
        .isEqualTo("1400 1280 0900 0100 7665746800 000000 0400 0280".replace(" ", ""));
  }

  @Test
  void a_long_body_grows() {
    var body = new Body();
    for (int i = 0; i < 1000; i++) {
      body.u32(1, i);
    }
    assertThat(body.toBytes()).hasSize(8000);
  }

  @Test
  void an_attribute_longer_than_its_length_field_is_refused() {
    assertThat(new Body().bytes(1, new byte[0xffff - 4]).toBytes()).hasSize(0x10000);
    assertThatThrownBy(() -> new Body().bytes(1, new byte[0xffff - 3]))
        .hasMessage("an attribute of 65532 bytes");
    assertThatThrownBy(
            () -> new Body().nested(1, b -> b.bytes(1, new byte[40000]).bytes(2, new byte[40000])))
        .hasMessageStartingWith("an attribute of 80008 bytes");
  }

  @Test
  void a_string_with_a_nul_inside_is_refused() {
    assertThatThrownBy(() -> new Body().string(3, "a\0b"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  static String hex(Body body) {
    return HexFormat.of().formatHex(body.toBytes());
  }
}
