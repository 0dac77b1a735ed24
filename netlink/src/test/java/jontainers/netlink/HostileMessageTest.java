package jontainers.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class HostileMessageTest {
  @Test
  void messages_are_split_at_their_aligned_lengths() throws Exception {
    var messages =
        Message.parse(
            bytes(
                "11000000 1000 0200 07000000 00000000 aa 000000"
                    + "10000000 0300 0000 08000000 00000000"));
    assertThat(messages).extracting(Message::type).containsExactly(16, 3);
    assertThat(messages).extracting(Message::sequence).containsExactly(7, 8);
    assertThat(messages.getFirst().body().remaining()).isEqualTo(1);
  }

  @Test
  void the_last_message_needs_no_padding() throws Exception {
    assertThat(Message.parse(bytes("11000000 1000 0200 07000000 00000000 aa"))).hasSize(1);
  }

  @Test
  void an_empty_datagram_has_no_messages() throws Exception {
    assertThat(Message.parse(bytes(""))).isEmpty();
  }

  @Test
  void a_message_that_is_longer_than_the_datagram_is_refused() {
    refused(() -> Message.parse(bytes("11000000 1000 0200 07000000 00000000")), "length 17");
  }

  @Test
  void a_message_that_is_shorter_than_its_header_is_refused() {
    refused(() -> Message.parse(bytes("0f000000 1000 0200 07000000 00000000")), "length 15");
    refused(() -> Message.parse(bytes("00000000 1000 0200 07000000 00000000")), "length 0");
  }

  @Test
  void a_message_with_a_negative_length_is_refused() {
    refused(() -> Message.parse(bytes("ffffffff 1000 0200 07000000 00000000")), "length -1");
  }

  @Test
  void bytes_after_the_last_message_are_refused() {
    refused(
        () -> Message.parse(bytes("10000000 1000 0200 07000000 00000000 01020304")),
        "4 bytes after the last message");
  }

  @Test
  void a_body_shorter_than_the_familys_header_is_refused() throws Exception {
    var message = Message.parse(bytes("14000000 1000 0200 07000000 00000000 00000000")).getFirst();
    refused(() -> message.header(16), "a body of 4 bytes instead of 16");
    refused(() -> message.attributes(16), "a body of 4 bytes instead of 16");
  }

  @Test
  void an_attribute_that_is_longer_than_the_rest_is_refused() {
    refused(
        () -> Attributes.parse(bytes("0900 0100 00000000")), "attribute 1 at 0 has the length 9");
  }

  @Test
  void an_attribute_that_is_shorter_than_its_header_is_refused() {
    refused(() -> Attributes.parse(bytes("0300 0100")), "length 3");
    refused(() -> Attributes.parse(bytes("0000 0100")), "length 0");
  }

  @Test
  void half_an_attributes_header_is_refused() {
    refused(() -> Attributes.parse(bytes("0500 0100 aa 000000 0400")), "2 bytes after");
  }

  @Test
  void an_attribute_of_another_size_than_its_types_is_refused() throws Exception {
    var attributes = Attributes.parse(bytes("0600 0100 aabb 0000"));
    refused(() -> attributes.u32(1), "attribute 1 has 2 bytes instead of 4");
    refused(() -> attributes.be64(1), "attribute 1 has 2 bytes instead of 8");
  }

  @Test
  void a_lying_length_inside_a_nested_attribute_is_refused() throws Exception {
    var attributes = Attributes.parse(bytes("0800 0180 ff00 0100"));
    refused(() -> attributes.nested(1), "attribute 1 at 0 has the length 255");
  }

  @Test
  void the_last_of_equal_attributes_counts() throws Exception {
    var attributes = Attributes.parse(bytes("0800 0100 01000000 0800 0100 02000000"));
    assertThat(attributes.u32(1)).hasValue(2);
    assertThat(attributes.u32(2)).isEmpty();
  }

  @Test
  void a_string_without_a_nul_ends_with_its_attribute() throws Exception {
    assertThat(Attributes.parse(bytes("0600 0100 6162 0000")).string(1)).contains("ab");
    assertThat(Attributes.parse(bytes("0800 0100 61006200")).string(1)).contains("a");
  }

  @Test
  void random_bytes_are_refused_or_parsed_but_nothing_else() {
    var random = new Random(20260101);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[random.nextInt(96)];
      random.nextBytes(bytes);
      if (bytes.length > 20) { // often a plausible length, or nothing gets far
        bytes[0] = (byte) random.nextInt(bytes.length + 2);
        bytes[1] = 0;
        bytes[2] = 0;
        bytes[3] = 0;
        bytes[4] = (byte) random.nextInt(5);
        bytes[5] = 0;
      }
      parseAll(bytes);
    }
  }

  @Test
  void every_truncation_of_a_real_answer_is_refused_or_parsed() {
    // RTM_NEWLINK of lo, cut short
    byte[] whole =
        bytes(
                "3c000000 1000 0000 01000000 00000000"
                    + "0000 0403 01000000 49000100 00000000"
                    + "0700 0300 6c6f00 00 0800 0400 00000100 0a00 0100 000000000000 0000")
            .array();
    for (int length = 0; length <= whole.length; length++) {
      parseAll(Arrays.copyOf(whole, length));
    }
  }

  private static void parseAll(byte[] bytes) {
    try {
      for (var message : Message.parse(ByteBuffer.wrap(bytes))) {
        var attributes = message.attributes(4);
        for (int type = 0; type < 8; type++) {
          var _ = attributes.string(type);
          var _ = attributes.nested(type);
          var _ = attributes.u32(type);
        }
        var _ = Acknowledgement.of(message);
      }
    } catch (SyscallException e) {
      assertThat(e.errno()).isEqualTo(Errno.EBADMSG);
    }
  }

  static ByteBuffer bytes(String hex) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  static void refused(ThrowingCallable parse, String detail) {
    assertThatThrownBy(parse)
        .isInstanceOf(SyscallException.class)
        .hasMessageContaining("EBADMSG (Bad message)")
        .hasMessageContaining(detail);
  }
}
