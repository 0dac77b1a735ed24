package jontainers.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A daemon of other people's that runs beside the tests, with its output in a file.
final class Daemon implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 30;

  private final Path log;
  private final Process process;

  private Daemon(Path log, Process process) {
    this.log = log;
    this.process = process;
  }

  /// Start it and wait until its log has a text.
  static Daemon start(Path log, String ready, List<String> words) throws IOException {
    Files.writeString(log, "");
    var process = Command.of(words).start(log, log);
    var daemon = new Daemon(log, process);
    try {
      Await.text(log, ready);
    } catch (AssertionError e) {
      daemon.close();
      throw e;
    }
    return daemon;
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        throw new AssertionError("does not end: " + log());
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }
}
