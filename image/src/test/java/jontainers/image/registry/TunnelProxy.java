package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;

/// A proxy that wants a login and makes tunnels (CONNECT of RFC 9110, section 9.3.6), all of them
/// to one port of loopback, whatever host is asked for.
final class TunnelProxy implements AutoCloseable {
  private final ServerSocket server;
  private final int target;
  private final String login;
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());

  TunnelProxy(int target, String login) throws IOException {
    this.target = target;
    this.login = "Basic " + Base64.getEncoder().encodeToString(login.getBytes(ISO_8859_1));
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /// Return the request lines.
  List<String> asked() {
    synchronized (asked) {
      return List.copyOf(asked);
    }
  }

  private void accept() {
    try {
      while (true) {
        var socket = server.accept();
        sockets.add(socket);
        Thread.ofPlatform().daemon().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // it is closed
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      String head = head(socket.getInputStream());
      asked.add(head.lines().findFirst().orElse(""));
      if (head.lines().noneMatch(("Proxy-Authorization: " + login)::equalsIgnoreCase)) {
        answer(socket, "407 Proxy Authentication Required");
        return;
      }
      try (var registry = new Socket(InetAddress.getLoopbackAddress(), target)) {
        sockets.add(registry);
        answer(socket, "200 OK");
        var back = Thread.ofPlatform().daemon().start(() -> copy(registry, socket));
        copy(socket, registry);
        back.join();
      }
    } catch (IOException e) {
      // one of them is gone
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      head.append((char) c);
      if (head.toString().endsWith("\r\n\r\n")) {
        break;
      }
    }
    return head.toString();
  }

  private static void answer(Socket socket, String status) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n").getBytes(ISO_8859_1));
    out.flush();
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException e) {
      // one of them is gone
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    synchronized (sockets) {
      for (var socket : sockets) {
        socket.close();
      }
    }
  }
}
