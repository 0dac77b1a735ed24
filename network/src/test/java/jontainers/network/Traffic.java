package jontainers.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import jontainers.linux.Fd;
import jontainers.linux.NetworkNamespace;
import jontainers.netlink.route.RouteSocket;

/// A TCP server in a namespace that tells each caller from which address it came.
///
/// Hosts here are network namespaces of the test itself; nothing else is ever addressed.
final class Traffic implements AutoCloseable {
  static final int PORT = 7777;

  /// The first packet to a new neighbour can be lost; TCP tries again after one second and three.
  private static final int CONNECT_MILLIS = 3500;

  private final ServerSocket server;
  private final Thread thread;

  private Traffic(ServerSocket server) {
    this.server = server;
    this.thread = Thread.ofPlatform().name("traffic").start(this::serve);
  }

  /// Serve on all addresses of a namespace.
  static Traffic in(Fd netns) throws IOException {
    warmUp();
    return new Traffic(NetworkNamespace.enter(netns, () -> new ServerSocket(PORT)));
  }

  /// Serve on all addresses of the test's own namespace.
  static Traffic onHost() throws IOException {
    return new Traffic(new ServerSocket(PORT));
  }

  /// Connect from a namespace, and return as whom the other side sees the caller, or `timeout`.
  static String call(Fd from, InetAddress to) throws IOException {
    warmUp();
    return NetworkNamespace.enter(
        from,
        () -> {
          try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(to, PORT), CONNECT_MILLIS);
            socket.setSoTimeout(2000);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
          } catch (SocketTimeoutException e) {
            return "timeout";
          }
        });
  }

  /// The JDK keeps a descriptor from the first socket that is closed under a blocked thread.
  static void closeOneUnderABlockedThread() throws Exception {
    try (var own = NetworkNamespace.current();
        var _ = onHost()) {
      if (!call(own, InetAddress.getLoopbackAddress()).equals("127.0.0.1")) {
        throw new AssertionError("no answer on loopback");
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Wait until the kernel has deleted the links of closed endpoints.
  static void awaitNoEndpoints() throws IOException {
    try (var route = RouteSocket.open()) {
      var deadline = Instant.now().plusSeconds(10);
      while (route.links().stream().anyMatch(link -> link.kind().equals("veth"))) {
        if (Instant.now().isAfter(deadline)) {
          throw new AssertionError("links are left: " + route.links());
        }
      }
    }
  }

  /// Let the JDK start its threads for sockets outside of any test's namespace.
  private static void warmUp() throws IOException {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var client = new Socket()) {
      client.connect(server.getLocalSocketAddress(), 700);
      server.accept().close();
    }
  }

  private void serve() {
    while (true) {
      try (var caller = server.accept()) {
        String address = IpText.of(caller.getInetAddress());
        caller.getOutputStream().write(address.getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        if (server.isClosed()) {
          return;
        }
        throw new UncheckedIOException(e);
      }
    }
  }
}
