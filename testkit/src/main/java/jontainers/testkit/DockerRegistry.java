package jontainers.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// The registry that others have written: Debian's docker-registry, with its storage in a
/// directory. Tests only.
public final class DockerRegistry implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 30;

  private final Path configuration;
  private final String domain;
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());
  private Process process;
  private Thread reader;

  private DockerRegistry(Path configuration, String domain) throws IOException {
    this.configuration = configuration;
    this.domain = domain;
    this.process = launch();
    this.reader = read();
  }

  /// Start one on a free port.
  ///
  /// @param address to listen on
  /// @param tls the inside of `http.tls` of its configuration, in YAML's flow style; or empty
  /// @param auth the inside of `auth`, as well
  public static DockerRegistry start(Path directory, String address, String tls, String auth)
      throws IOException {
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
      port = socket.getLocalPort();
    }
    Files.createDirectories(directory);
    var configuration = directory.resolve("config.yml");
    Files.writeString(
        configuration,
        """
        version: 0.1
        storage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}
        http: {addr: "%s:%d", secret: test%s}
        %s
        """
            .formatted(
                directory.resolve("storage"),
                address,
                port,
                tls.isEmpty() ? "" : ", tls: {" + tls + "}",
                auth.isEmpty() ? "" : "auth: {" + auth + "}"));
    String host = address.equals("127.0.0.1") ? "localhost" : address;
    return new DockerRegistry(configuration, host + ":" + port);
  }

  /// Return what names of images begin with.
  public String domain() {
    return domain;
  }

  /// Return the lines it has written about requests that it has answered.
  public List<String> requests() {
    synchronized (log) {
      return log.stream().filter(line -> line.contains("http.response.status=")).toList();
    }
  }

  /// Kill it where it stands.
  public void kill() throws IOException {
    process.destroyForcibly();
    await();
  }

  /// Start it again, where it was and with what it has.
  public void restart() throws IOException {
    process = launch();
    reader = read();
  }

  private Process launch() throws IOException {
    return new ProcessBuilder("docker-registry", "serve", configuration.toString())
        .redirectErrorStream(true)
        .start();
  }

  /// Wait until it listens, and keep reading then.
  private Thread read() throws IOException {
    var listening = new CompletableFuture<Void>();
    var output = process.inputReader();
    var thread =
        Thread.ofVirtual()
            .start(() -> {
              try (output) {
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                  log.add(line);
                  if (line.contains("listening on")) {
                    listening.complete(null);
                  }
                }
              } catch (IOException e) {
                // it has ended
              }
              listening.completeExceptionally(new IOException("docker-registry: " + log));
            });
    try {
      listening.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      process.destroyForcibly();
      throw new IOException("docker-registry does not listen: " + log, e);
    }
    return thread;
  }

  private void await() throws IOException {
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("docker-registry does not end");
      }
      reader.join();
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
    process.getOutputStream().close();
    process.getErrorStream().close();
  }

  @Override
  public void close() throws IOException {
    kill();
  }
}
