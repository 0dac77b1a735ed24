package jontainers.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A command that runs beside the test, which reads its lines and types into it.
///
/// It is killed when it is closed, or after a deadline, so that no read waits for ever.
final class Running implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;

  private final Process process;
  private final BufferedReader output;
  private final Writer input;

  Running(Process process) {
    this.process = process;
    this.output = process.inputReader();
    this.input = process.outputWriter();
    CompletableFuture.delayedExecutor(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .execute(process::destroyForcibly);
  }

  long pid() {
    return process.pid();
  }

  /// Return the next line of standard output.
  String line() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new AssertionError("the command has ended: " + errors());
    }
    return line;
  }

  /// Read lines until one is the given one.
  void await(String wanted) throws IOException {
    while (!line().equals(wanted)) {
      // others are of no interest
    }
  }

  void type(String line) throws IOException {
    input.write(line + "\n");
    input.flush();
  }

  /// Send a signal to the command itself.
  void signal(String name) throws IOException {
    var kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).inheritIO().start();
    if (kill.onExit().join().exitValue() != 0) {
      throw new AssertionError("kill -" + name + " " + pid());
    }
  }

  /// End its input, wait for it to end, and return its exit code.
  int end() throws IOException {
    closeInput();
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("still running: " + process.info());
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
    return process.exitValue();
  }

  /// Return the rest of standard output.
  String rest() throws IOException {
    var text = new StringBuilder();
    for (int c; (c = output.read()) >= 0; ) {
      text.append((char) c);
    }
    return text.toString();
  }

  /// Return the rest of standard error.
  String errors() throws IOException {
    return new String(
        process.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
  }

  /// Return the number of the container's first process.
  long firstProcess() throws IOException {
    return firstProcess(pid());
  }

  /// Return the child of a command that is not its guard.
  static long firstProcess(long command) throws IOException {
    for (String task : Machine.names(Path.of("/proc/" + command + "/task"))) {
      String children =
          Files.readString(Path.of("/proc/" + command + "/task", task, "children")).strip();
      for (String child : children.isEmpty() ? new String[0] : children.split(" ")) {
        var exe = Files.readSymbolicLink(Path.of("/proc", child, "exe")).toString();
        if (!exe.startsWith("/memfd:")) {
          return Long.parseLong(child);
        }
      }
    }
    throw new AssertionError("the command has no container");
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    closeInput();
    output.close();
    process.getErrorStream().close();
  }

  private void closeInput() {
    try {
      input.close();
    } catch (IOException e) {
      // it reads no more
    }
  }
}
