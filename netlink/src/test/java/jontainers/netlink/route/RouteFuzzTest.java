package jontainers.netlink.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.netlink.Message;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// What rtnetlink tells of links, addresses and routes is understood or refused as malformed.
class RouteFuzzTest {
  @Test
  void seeds_and_random_messages_are_understood_or_refused() throws Exception {
    Inputs.run(RouteFuzzTest.class, "messages", 100_000, this::messages);
  }

  /// @param datagram of which the first byte says what it is taken for
  @FuzzTest
  void messages(byte[] datagram) {
    if (datagram.length == 0) {
      return;
    }
    try {
      var bytes = ByteBuffer.wrap(datagram, 1, datagram.length - 1);
      for (var message : Message.parse(bytes)) {
        switch (datagram[0] % 3) {
          case 0 -> {
            var link = Link.parse(message);
            assertThat(link.name()).doesNotContain("\0");
            assertThat(link.toString()).isNotEmpty();
          }
          case 1 ->
              LinkAddress.parse(message)
                  .ifPresent(address -> {
                    assertThat(address.prefixLength()).isBetween(0, 128);
                    assertThat(address.add().toString()).isNotEmpty();
                  });
          default ->
              Route.parse(message)
                  .ifPresent(route -> {
                    assertThat(route.prefixLength()).isBetween(0, 128);
                    assertThat(route.add().toString()).isNotEmpty();
                  });
        }
      }
    } catch (SyscallException e) {
      assertThat(e.errno()).isEqualTo(Errno.EBADMSG);
    }
  }
}
