package jontainers.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketTest {
  @Test
  void a_message_arrives_whole(@TempDir Path directory) throws Exception {
    byte[] address = unix(directory.resolve("socket"));
    try (var receiver = datagrams();
        var sender = datagrams()) {
      receiver.bind(address);
      sender.connect(address);
      sender.send("xhellox".getBytes(StandardCharsets.UTF_8), 1, 5);
      byte[] buffer = new byte[16];
      assertThat(receiver.receive(buffer, 0)).isEqualTo(5);
      assertThat(new String(buffer, 0, 5, StandardCharsets.UTF_8)).isEqualTo("hello");
    }
  }

  @Test
  void a_message_longer_than_the_buffer_is_an_error(@TempDir Path directory) throws Exception {
    byte[] address = unix(directory.resolve("socket"));
    try (var receiver = datagrams();
        var sender = datagrams()) {
      receiver.bind(address);
      sender.connect(address);
      sender.send(new byte[100], 0, 100);
      assertThatThrownBy(() -> receiver.receive(new byte[10], 0))
          .hasMessage("recvfrom test: EMSGSIZE (Message too long): 100 bytes for 10");
    }
  }

  @Test
  void a_receive_ends_at_its_deadline() throws Exception {
    try (var socket = datagrams()) {
      socket.receiveTimeout(Duration.ofMillis(10));
      assertThatThrownBy(() -> socket.receive(new byte[10], 0))
          .isInstanceOfSatisfying(
              SyscallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EAGAIN));
    }
  }

  @Test
  void a_receive_that_may_not_block_does_not() throws Exception {
    try (var socket = datagrams()) {
      assertThatThrownBy(() -> socket.receive(new byte[10], Socket.MSG_DONTWAIT))
          .hasMessageStartingWith("recvfrom test: EAGAIN");
    }
  }

  @Test
  void an_unknown_protocol_names_the_socket() {
    assertThatThrownBy(() -> Socket.open(Socket.AF_NETLINK, Socket.SOCK_RAW, 99, "netlink 99"))
        .hasMessageStartingWith("socket netlink 99: EPROTONOSUPPORT");
  }

  private static Socket datagrams() throws SyscallException {
    return Socket.open(Socket.AF_UNIX, Socket.SOCK_DGRAM, 0, "test");
  }

  private static byte[] unix(Path path) {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(110)
        .order(ByteOrder.nativeOrder())
        .putShort((short) Socket.AF_UNIX)
        .put(bytes)
        .array();
  }
}
