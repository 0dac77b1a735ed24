package jontainers.netlink;

import static jontainers.netlink.HostileMessageTest.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import jontainers.linux.Errno;
import org.junit.jupiter.api.Test;

class ExchangeTest {
  private static final Request FIRST = Request.of("RTM_NEWLINK", "one", 16, 0, new Body());
  private static final Request SECOND = Request.of("RTM_NEWADDR", "two", 20, 0, new Body());

  @Test
  void requests_follow_each_other_in_one_datagram() {
    var exchange = new Exchange(List.of(FIRST, SECOND), 7);
    assertThat(exchange.datagram(index -> index == 1 ? Request.NLM_F_ACK : 0))
        .isEqualTo(
            bytes("10000000 1000 0100 07000000 00000000" + "10000000 1400 0500 08000000 00000000")
                .array());
  }

  @Test
  void an_exchange_is_complete_when_each_request_is_answered() throws Exception {
    var exchange = new Exchange(List.of(FIRST, SECOND), 7);
    exchange.accept(Message.parse(bytes(acknowledgement(7, 0))));
    assertThat(exchange.complete()).isFalse();
    exchange.accept(Message.parse(bytes(acknowledgement(8, 0))));
    assertThat(exchange.complete()).isTrue();
    assertThat(exchange.result()).isEmpty();
  }

  @Test
  void answers_to_an_abandoned_exchange_are_skipped() throws Exception {
    var exchange = new Exchange(List.of(FIRST), 7);
    exchange.accept(Message.parse(bytes(acknowledgement(6, 22) + acknowledgement(8, 22))));
    assertThat(exchange.complete()).isFalse();
    assertThat(exchange.failed()).isFalse();
  }

  @Test
  void the_first_error_is_thrown_and_carries_the_others() throws Exception {
    var exchange = new Exchange(List.of(FIRST, SECOND), 7);
    exchange.accept(Message.parse(bytes(acknowledgement(7, 17) + acknowledgement(8, 19))));
    assertThatThrownBy(exchange::result)
        .hasMessage("RTM_NEWLINK one: EEXIST (File exists)")
        .satisfies(e ->
            assertThat(e.getSuppressed())
                .extracting(Throwable::getMessage)
                .containsExactly("RTM_NEWADDR two: ENODEV (No such device)"));
  }

  @Test
  void a_tolerated_error_is_success() throws Exception {
    var exchange = new Exchange(List.of(FIRST.tolerating(Errno.EEXIST)), 7);
    exchange.accept(Message.parse(bytes(acknowledgement(7, 17))));
    assertThat(exchange.result()).isEmpty();
  }

  @Test
  void an_interrupted_dump_is_noticed() throws Exception {
    var exchange = new Exchange(List.of(FIRST), 7);
    exchange.accept(
        Message.parse(
            bytes(
                "10000000 1000 1200 07000000 00000000"
                    + "14000000 0300 0200 07000000 00000000 00000000")));
    assertThat(exchange.inconsistent()).isTrue();
    assertThat(exchange.complete()).isTrue();
  }

  private static String acknowledgement(int sequence, int errno) {
    return "24000000 0200 0001 0%x000000 00000000 %02x%s 10000000 1000 0500 0%x000000 00000000"
        .formatted(sequence, -errno & 0xff, errno == 0 ? "000000" : "ffffff", sequence);
  }
}
