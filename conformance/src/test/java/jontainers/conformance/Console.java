package jontainers.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The other end of `--console-socket`: takes the terminal's master and reads and types there.
///
/// A JVM cannot receive a descriptor; a Python script does and passes on what is written.
final class Console implements AutoCloseable {
  private static final long DEADLINE_SECONDS = Patience.ofSeconds(20).toSeconds();

  private final Path socket;
  private final Process receiver;
  private final BufferedReader output;
  private final Writer input;
  private final StringBuilder seen = new StringBuilder();

  private Console(Path socket, Process receiver) {
    this.socket = socket;
    this.receiver = receiver;
    this.output = receiver.inputReader();
    this.input = receiver.outputWriter();
  }

  /// Listen on a socket in a directory; python3 is needed.
  static Console listen(Path directory) throws IOException {
    Programs.need("python3", "python3");
    var script = Resources.copy("console.py", directory);
    var socket = directory.resolve("console.sock");
    var process = Command.of("python3", script.toString(), socket.toString()).startWithPipes();
    var console = new Console(socket, process);
    console.await("listening\n");
    console.seen.setLength(0);
    return console;
  }

  String socket() {
    return socket.toString();
  }

  /// Wait until a text has been written, and return all that was.
  String await(String text) {
    within(() -> {
      while (seen.indexOf(text) < 0) {
        int character = output.read();
        if (character < 0) {
          throw new IOException("ended: " + seen);
        }
        seen.append((char) character);
      }
      return seen;
    });
    return seen.toString();
  }

  /// Wait for the end of the terminal, and return all that was written.
  String all() {
    within(() -> {
      for (int character = output.read(); character >= 0; character = output.read()) {
        seen.append((char) character);
      }
      return seen;
    });
    return seen.toString().replace("\r", "");
  }

  void type(String text) throws IOException {
    input.write(text);
    input.flush();
  }

  @FunctionalInterface
  private interface Reading {
    StringBuilder read() throws IOException;
  }

  private void within(Reading reading) {
    var done =
        CompletableFuture.supplyAsync(() -> {
          try {
            return reading.read();
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
    try {
      done.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("the terminal shows only: " + seen, e);
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError("the terminal shows: " + seen, e);
    }
  }

  @Override
  public void close() throws IOException {
    receiver.destroyForcibly().onExit().join();
    input.close();
    output.close();
    receiver.getErrorStream().close();
  }
}
