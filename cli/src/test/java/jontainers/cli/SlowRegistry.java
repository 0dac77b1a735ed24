package jontainers.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A registry on loopback to pull from, which stops in the middle of some content until it is told
/// to go on. One request for each connection.
final class SlowRegistry implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;

  private record Content(String type, byte[] bytes) {}

  private final ServerSocket server;
  private final Map<String, Content> content = new ConcurrentHashMap<>();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile String slow = "nothing";

  SlowRegistry() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::accept);
  }

  String domain() {
    return "localhost:" + server.getLocalPort();
  }

  void put(String path, String type, byte[] bytes) {
    content.put("/v2/" + path, new Content(type, bytes));
  }

  /// Stop in the middle of what has a path that ends so; or nowhere.
  void stopAt(String end) {
    slow = end;
  }

  /// Wait until it has stopped.
  void awaitStop() throws InterruptedException {
    if (!stopped.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("nobody came: " + requests);
    }
  }

  /// Return the requests, as `GET /v2/… bytes=7-`.
  List<String> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
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
      String path = head.split(" ")[1];
      String range =
          head.lines()
              .filter(line -> line.startsWith("Range: "))
              .map(line -> line.substring(6))
              .findFirst()
              .orElse("");
      requests.add("GET " + path + range);
      var found =
          path.equals("/v2/")
              ? new Content("application/json", "{}".getBytes(UTF_8))
              : content.get(path);
      answer(socket, path, range, found == null ? new Content("", new byte[0]) : found);
    } catch (IOException e) {
      // who asked is gone
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(Socket socket, String path, String range, Content found)
      throws IOException, InterruptedException {
    int size = found.bytes.length;
    int from = range.isEmpty() ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    String status =
        size == 0 ? "404 Not Found" : range.isEmpty() ? "200 OK" : "206 Partial Content";
    var out = socket.getOutputStream();
    String part =
        range.isEmpty() ? "" : "Content-Range: bytes %d-%d/%d\r\n".formatted(from, size - 1, size);
    String head =
        "HTTP/1.1 %s\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n"
            .formatted(status, found.type, size - from, part);
    out.write(head.getBytes(ISO_8859_1));
    if (path.endsWith(slow)) {
      out.write(Arrays.copyOfRange(found.bytes, from, from + (size - from) / 2));
      out.flush();
      stopped.countDown();
      int _ = socket.getInputStream().read(); // until who asked is gone
    } else {
      out.write(found.bytes, from, size - from);
    }
    out.flush();
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("no request");
      }
      head.append((char) c);
    }
    return head.toString();
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
