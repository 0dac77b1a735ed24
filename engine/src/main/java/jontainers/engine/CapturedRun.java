package jontainers.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import jontainers.linux.Fd;
import jontainers.linux.Pipe;
import jontainers.runtime.Launch;

/// Run a container with nothing to read and keep what it writes in memory.
final class CapturedRun {
  private CapturedRun() {}

  static RunResult run(Engine engine, ContainerSpec spec) throws EngineException {
    if (spec.terminal()) {
      throw new EngineException(
          EngineException.Category.INVALID, "a container that is captured has no terminal");
    }
    try (var stdin = Fd.open(Path.of("/dev/null"), Fd.O_RDONLY);
        var stdout = Pipe.open("standard output");
        var stderr = Pipe.open("standard error")) {
      var streams = new Launch.Streams(stdin, stdout.writeEnd(), stderr.writeEnd());
      try (var container = engine.start(spec, StartOptions.of(streams))) {
        stdout.writeEnd().close();
        stderr.writeEnd().close();
        var errors = new Collected("stderr of " + container.state().shortId(), stderr.readEnd());
        byte[] output = drain(stdout.readEnd());
        return new RunResult(container.waitFor().shellCode(), output, errors.bytes());
      }
    } catch (IOException e) {
      throw Failures.of("run a container", e);
    }
  }

  private static byte[] drain(Fd fd) throws IOException {
    var bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[65536];
    for (int count; (count = fd.read(buffer, 0, buffer.length)) > 0; ) {
      bytes.write(buffer, 0, count);
    }
    return bytes.toByteArray();
  }

  /// What a thread of its own reads from a pipe: platform, since it blocks in the kernel.
  private static final class Collected {
    private final Thread thread;
    private volatile byte[] bytes = new byte[0];
    private volatile IOException failure = new IOException();
    private volatile boolean failed;

    Collected(String name, Fd fd) {
      this.thread =
          Thread.ofPlatform()
              .name(name)
              .daemon()
              .start(() -> {
                try {
                  bytes = drain(fd);
                } catch (IOException e) {
                  failure = e;
                  failed = true;
                }
              });
    }

    byte[] bytes() throws IOException {
      boolean interrupted = false;
      while (true) {
        try {
          thread.join();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (failed) {
        throw failure;
      }
      return bytes;
    }
  }
}
