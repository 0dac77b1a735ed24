package jontainers.netlink;

import static jontainers.netlink.HostileMessageTest.bytes;
import static jontainers.netlink.HostileMessageTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Locale;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import org.junit.jupiter.api.Test;

class AcknowledgementTest {
  private static final Request REQUEST = Request.of("RTM_NEWLINK", "veth jt0", 16, 0, new Body());

  /// The request's own header, as NLMSG_ERROR repeats it: length 32, RTM_NEWLINK.
  private static final String REPEATED = "20000000 1000 0506 01000000 00000000";

  @Test
  void zero_is_success() throws Exception {
    assertThat(error(0x100, "00000000" + REPEATED).error()).isZero();
  }

  @Test
  void an_error_has_the_kernels_words_and_the_offset() throws Exception {
    // NLMSGERR_ATTR_MSG "no", NLMSGERR_ATTR_OFFS 36
    var answer = error(0x300, "a1ffffff" + REPEATED + "0700 0100 6e6f00 00 0800 0200 24000000");
    assertThat(answer.exception(REQUEST))
        .hasMessage(
            "RTM_NEWLINK veth jt0: EOPNOTSUPP (Operation not supported): no (attribute at offset"
                + " 36)");
  }

  @Test
  void without_cap_ack_the_repeated_request_is_skipped() throws Exception {
    String payload = "ffffffff ffffffff ffffffff ffffffff"; // 16 bytes behind the repeated header
    var answer = error(0x200, "eaffffff" + REPEATED + payload + "0700 0100 6e6f00 00");
    assertThat(answer.exception(REQUEST)).hasMessageEndingWith("EINVAL (Invalid argument): no");
  }

  @Test
  void a_missing_attribute_is_named_by_its_number() throws Exception {
    var answer = error(0x300, "eaffffff" + REPEATED + "0800 0500 0a000000");
    assertThat(answer.exception(REQUEST)).hasMessageEndingWith("(attribute 10 is missing)");
  }

  @Test
  void a_repeated_request_that_lies_about_its_length_is_refused() {
    String lying = "ffffff7f 1000 0506 01000000 00000000";
    refused(
        () -> error(0x200, "eaffffff" + lying + "0700 0100 6e6f00 00"),
        "repeats a request of 2147483647 bytes");
    refused(
        () -> error(0x200, "eaffffff" + "00000000 1000 0506 01000000 00000000" + "04000100"),
        "repeats a request of 0 bytes");
  }

  @Test
  void an_error_that_ends_early_is_refused() {
    refused(() -> error(0, "eaff"), "a body of 2 bytes instead of 4");
  }

  @Test
  void the_kernels_inner_enotsupp_is_eopnotsupp() throws Exception {
    assertThat(error(0x100, "f4fdffff" + REPEATED).errno()).isEqualTo(Errno.EOPNOTSUPP);
  }

  @Test
  void an_unknown_errno_keeps_its_number() throws Exception {
    assertThat(error(0x100, "00fcffff" + REPEATED).exception(REQUEST))
        .hasMessageEndingWith("EPROTO (Protocol error): errno 1024");
  }

  @Test
  void a_dump_may_end_in_an_error() throws Exception {
    var message = message(3, 0, "fcffffff");
    assertThat(Acknowledgement.of(message).errno()).isEqualTo(Errno.EINTR);
  }

  private static Acknowledgement error(int flags, String body) throws SyscallException {
    return Acknowledgement.of(message(2, flags, body));
  }

  static Message message(int type, int flags, String body) throws SyscallException {
    int length = 16 + body.replace(" ", "").length() / 2;
    var header =
        String.format(
            Locale.ROOT,
            "%s %s %s 01000000 00000000",
            little(length, 8),
            little(type, 4),
            little(flags, 4));
    return Message.parse(bytes(header + body)).getFirst();
  }

  private static String little(int number, int digits) {
    var hex = HexFormat.of().toHexDigits(Integer.reverseBytes(number));
    return hex.substring(0, digits);
  }
}
