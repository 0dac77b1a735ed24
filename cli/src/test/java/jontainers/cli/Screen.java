package jontainers.cli;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import jontainers.linux.Fd;
import jontainers.linux.Terminal;

/// A terminal with somebody in front of it: commands run on it, keys are typed, output is read.
///
/// The pseudoterminal's master is held by a Python program, which copies it to its own streams;
/// this JVM has the other side open too, so that the terminal outlives the commands and shows its
/// attributes.
final class Screen implements AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;
  private static final String HOLDER =
      """
      import os, pty, sys, threading
      master, slave = pty.openpty()
      sys.stdout.buffer.write((os.ttyname(slave) + "\\n").encode())
      sys.stdout.buffer.flush()
      def keys():
          while data := os.read(0, 4096):
              os.write(master, data)
          os._exit(0)
      threading.Thread(target=keys, daemon=True).start()
      while True:
          os.write(1, os.read(master, 65536))
      """;

  private final Process holder;
  private final InputStream output;
  private final OutputStream keys;
  private final File device;
  private final Fd slave;
  private final List<Process> started = new ArrayList<>();
  private final StringBuilder seen = new StringBuilder();

  private Screen(Process holder) throws IOException {
    this.holder = holder;
    this.output = holder.getInputStream();
    this.keys = holder.getOutputStream();
    this.device = new File(readUntil(text -> text.endsWith("\n")).strip());
    this.slave = Fd.open(Path.of(device.getPath()), Fd.O_RDWR | Fd.O_NOCTTY);
    seen.setLength(0);
  }

  static Screen open() throws IOException {
    var holder = new ProcessBuilder("python3", "-c", HOLDER).redirectErrorStream(true).start();
    CompletableFuture.delayedExecutor(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .execute(holder::destroyForcibly);
    return new Screen(holder);
  }

  /// Run a command with this as its controlling terminal; it is killed when this is closed.
  ///
  /// @return the command itself
  Process run(Path directory, List<String> command) throws IOException {
    var words = new ArrayList<>(List.of("setsid", "--ctty"));
    words.addAll(command);
    var process =
        new ProcessBuilder(words)
            .directory(directory.toFile())
            .redirectInput(device)
            .redirectOutput(device)
            .redirectError(device)
            .start();
    started.add(process);
    return process;
  }

  /// Return the terminal, for its attributes and size.
  Terminal terminal() {
    return Terminal.of(slave);
  }

  void type(String text) throws IOException {
    keys.write(text.getBytes(StandardCharsets.UTF_8));
    keys.flush();
  }

  /// Read until a text has appeared, since the last one that was waited for; return all up to it.
  String await(String wanted) throws IOException {
    String text = readUntil(all -> all.contains(wanted));
    seen.setLength(0);
    return text;
  }

  private String readUntil(Predicate<String> done) throws IOException {
    while (!done.test(seen.toString())) {
      int c = output.read();
      if (c < 0) {
        throw new AssertionError("the terminal is gone; it showed: " + seen);
      }
      seen.append((char) c);
    }
    return seen.toString();
  }

  @Override
  public void close() throws IOException {
    started.forEach(process -> process.destroyForcibly().onExit().join());
    slave.close();
    keys.close();
    holder.destroyForcibly().onExit().join();
    output.close();
    holder.getErrorStream().close();
  }
}
