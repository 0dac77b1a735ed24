package jontainers.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import jontainers.linux.Errno;
import jontainers.linux.Fd;
import jontainers.linux.NetworkNamespace;
import jontainers.linux.Socket;
import jontainers.linux.SyscallException;
import jontainers.netlink.route.Link;
import jontainers.netlink.route.RouteSocket;

/// Send and receive whole frames on a link, as a container with CAP_NET_RAW does: packet(7).
final class PacketLink implements AutoCloseable {
  private static final int AF_PACKET = 17;
  private static final int ETH_P_ALL = 0x0300; // in network byte order
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final Socket socket;

  private PacketLink(Socket socket) {
    this.socket = socket;
  }

  /// Open a link of a network namespace.
  static PacketLink in(Fd netns, String link) throws SyscallException {
    return NetworkNamespace.enter(netns, () -> of(link));
  }

  /// Open a link of the test's own namespace.
  static PacketLink of(String link) throws SyscallException {
    int index;
    try (var route = RouteSocket.open()) {
      index = route.link(link).map(Link::index).orElseThrow();
    }
    var socket = Socket.open(AF_PACKET, Socket.SOCK_RAW, ETH_P_ALL, "packet socket");
    socket.bind(
        ByteBuffer.allocate(20)
            .order(ByteOrder.nativeOrder())
            .putShort((short) AF_PACKET)
            .putShort((short) ETH_P_ALL)
            .putInt(index)
            .array());
    socket.receiveTimeout(DEADLINE);
    return new PacketLink(socket);
  }

  void send(byte[] frame) throws SyscallException {
    socket.send(frame, 0, frame.length);
  }

  /// Receive until a frame comes that was sent last, and tell whether another came before it.
  ///
  /// A link keeps the order, so what has not come by then was dropped.
  boolean receives(byte[] frame, byte[] last) throws SyscallException {
    boolean seen = false;
    var buffer = new byte[65536];
    while (true) {
      int length;
      try {
        length = socket.receive(buffer, 0);
      } catch (SyscallException e) {
        if (e.errno() == Errno.EAGAIN) {
          throw new AssertionError("the last frame did not come", e);
        }
        throw e;
      }
      var received = Arrays.copyOf(buffer, length);
      seen |= Arrays.equals(received, frame);
      if (Arrays.equals(received, last)) {
        return seen;
      }
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
