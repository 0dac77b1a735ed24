package jontainers.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import jontainers.netlink.Message;
import jontainers.testkit.Inputs;
import org.junit.jupiter.api.Test;

/// What nf_tables tells of tables, chains, rules and sets is understood or refused as malformed.
class NftablesFuzzTest {
  private static final Table TABLE = new Table(Family.INET, "t");

  @Test
  void seeds_and_random_messages_are_understood_or_refused() throws Exception {
    Inputs.run(NftablesFuzzTest.class, "messages", 100_000, this::messages);
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
        switch (datagram[0] % 5) {
          case 0 -> assertThat(Table.parse(message)).isNotNull();
          case 1 -> assertThat(Chain.parse(message)).isNotNull();
          case 2 -> assertThat(InstalledRule.parse(TABLE, message).expressions()).isNotNull();
          case 3 -> assertThat(NamedSet.parseName(message)).doesNotContain("\0");
          default -> assertThat(NamedSet.parseElements(message)).isNotNull();
        }
      }
    } catch (SyscallException e) {
      assertThat(e.errno()).isEqualTo(Errno.EBADMSG);
    }
  }
}
