package jontainers.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import jontainers.image.content.Images;
import jontainers.oci.Descriptor;
import jontainers.oci.Digest;
import jontainers.oci.MediaTypes;

/// A registry on loopback that answers as it should, or for some requests as a test says.
public final class FaultyRegistry implements AutoCloseable {
  /// Answers a request in its own way.
  interface Fault {
    void answer(HttpExchange exchange) throws IOException;
  }

  private record Stored(String type, byte[] bytes) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Stored> content = new ConcurrentHashMap<>();
  private final Map<String, Deque<Fault>> faults = new ConcurrentHashMap<>();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private volatile Fault guard = exchange -> {};

  /// Begin to listen.
  public FaultyRegistry() throws IOException {
    this(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
  }

  /// Listen with TLS.
  static FaultyRegistry secure(SSLContext context) throws IOException {
    var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return new FaultyRegistry(server);
  }

  private FaultyRegistry(HttpServer server) {
    this.server = server;
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /// Return what names of its images begin with.
  public String domain() {
    return "localhost:" + server.getAddress().getPort();
  }

  /// The requests that came, as `GET /v2/… Range`.
  List<String> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  void put(String repository, String tag, Images image) {
    for (int i = 0; i < image.layers().size(); i++) {
      blob(repository, image.layerDescriptors().get(i), image.layers().get(i));
    }
    blob(repository, image.config(), image.configBytes());
    manifest(repository, tag, MediaTypes.MANIFEST, image.manifestBytes());
  }

  /// Offer content.
  public void blob(String repository, Descriptor descriptor, byte[] bytes) {
    content.put(
        "/v2/" + repository + "/blobs/" + descriptor.digest(),
        new Stored("application/octet-stream", bytes));
  }

  /// Offer a manifest or index.
  public void manifest(String repository, String tag, String type, byte[] bytes) {
    content.put("/v2/" + repository + "/manifests/" + tag, new Stored(type, bytes));
    content.put("/v2/" + repository + "/manifests/" + Digest.of(bytes), new Stored(type, bytes));
  }

  byte[] stored(String path) {
    var stored = content.get(path);
    return stored == null ? new byte[0] : stored.bytes;
  }

  /// Answer the next requests for paths that end so by faults, one each.
  void fail(String end, Fault... ways) {
    faults.put(end, new ArrayDeque<>(List.of(ways)));
  }

  /// Ask each request for something first; it passes if that leaves it unanswered.
  void guard(Fault fault) {
    guard = fault;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      var range = exchange.getRequestHeaders().getFirst("Range");
      requests.add(exchange.getRequestMethod() + " " + path + (range == null ? "" : " " + range));
      for (var entry : faults.entrySet()) {
        if (path.endsWith(entry.getKey())) {
          Fault fault;
          synchronized (entry.getValue()) {
            fault = entry.getValue().poll();
          }
          if (fault != null) {
            fault.answer(exchange);
            return;
          }
        }
      }
      guard.answer(exchange);
      if (exchange.getResponseCode() < 0) {
        serve(exchange, path, range);
      }
    }
  }

  private void serve(HttpExchange exchange, String path, String range) throws IOException {
    String query = String.valueOf(exchange.getRequestURI().getQuery());
    switch (exchange.getRequestMethod()) {
      case "POST" -> {
        boolean mounted = false;
        if (query.startsWith("mount=")) {
          String digest = query.replaceAll("mount=([^&]*)&from=.*", "$1");
          var other = content.get("/v2/" + query.replaceAll(".*&from=", "") + "/blobs/" + digest);
          mounted = other != null;
          if (mounted) {
            content.put(path.replace("/uploads/", "/" + digest), other);
          }
        }
        exchange.getResponseHeaders().set("Location", path + "1?state=x");
        exchange.sendResponseHeaders(mounted ? 201 : 202, -1);
      }
      case "PUT" -> {
        byte[] bytes = exchange.getRequestBody().readAllBytes();
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        if (path.contains("/manifests/")) {
          manifest(
              path.replaceAll("/v2/(.*)/manifests/.*", "$1"),
              path.replaceAll(".*/", ""),
              type,
              bytes);
        } else {
          String digest = query.replaceAll(".*digest=", "");
          content.put(path.replaceAll("uploads/1$", digest), new Stored(type, bytes));
        }
        exchange.sendResponseHeaders(201, -1);
      }
      default -> get(exchange, path, range);
    }
  }

  private void get(HttpExchange exchange, String path, String range) throws IOException {
    var stored = content.get(path);
    if (path.equals("/v2/")) {
      send(exchange, 200, "{}".getBytes(UTF_8));
    } else if (stored == null) {
      send(exchange, 404, "{\"errors\":[{\"message\":\"manifest unknown\"}]}".getBytes(UTF_8));
    } else if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(200, -1);
    } else if (range != null) {
      int from = Integer.parseInt(range.replaceAll("\\D", ""));
      int size = stored.bytes.length;
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (size - 1) + "/" + size);
      send(exchange, 206, Arrays.copyOfRange(stored.bytes, from, size));
    } else {
      exchange.getResponseHeaders().set("Content-Type", stored.type);
      send(exchange, 200, stored.bytes);
    }
  }

  static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /// Answer with a status.
  static Fault status(int status, String... headers) {
    return exchange -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
    };
  }

  /// Announce all bytes and cut the connection after some.
  static Fault cut(byte[] bytes, int after) {
    return exchange -> {
      String range = exchange.getRequestHeaders().getFirst("Range");
      int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
      if (range != null) {
        exchange
            .getResponseHeaders()
            .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
      }
      exchange.sendResponseHeaders(range == null ? 200 : 206, bytes.length - from);
      exchange.getResponseBody().write(bytes, from, Math.min(after, bytes.length - from));
      exchange.getResponseBody().flush();
    };
  }

  /// Answer with these bytes.
  static Fault bytes(byte[] bytes) {
    return exchange -> send(exchange, 200, bytes);
  }

  /// Make bytes of one value.
  static byte[] filled(int length) {
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < length; i++) {
      out.write('x');
    }
    return out.toByteArray();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
