package jontainers.conformance;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A command to be run: words, input, environment, working directory, deadline. A value; each
/// `with` returns another.
///
/// What it writes goes to files and not into pipes, since a container keeps the runtime's
/// descriptors when the runtime has ended.
record Command(
    List<String> words,
    String input,
    Map<String, String> environment,
    Path directory,
    Duration deadline) {
  private static final Duration DEADLINE = Patience.ofSeconds(60);

  /// Processes that this JVM itself waits for.
  private static final Set<Long> RUNNING = ConcurrentHashMap.newKeySet();

  Command {
    words = List.copyOf(words);
    environment = Map.copyOf(environment);
  }

  static Command of(List<String> words) {
    return new Command(words, "", Map.of(), Path.of("/"), DEADLINE);
  }

  static Command of(String... words) {
    return of(List.of(words));
  }

  /// A line of a shell in a terminal that script(1) makes.
  ///
  /// Its input never ends: script would pass the end on as a byte, which shows as `^@` or ends what
  /// reads it, depending on which of them comes first.
  static Command inTerminal(String line) {
    return of(
        "sh",
        "-c",
        "f=$(mktemp -u) && mkfifo $f && exec 0<>$f && rm $f && exec script -qec \"$1\" /dev/null",
        "sh",
        line);
  }

  Command reading(String text) {
    return new Command(words, text, environment, directory, deadline);
  }

  Command in(Path working) {
    return new Command(words, input, environment, working, deadline);
  }

  Command within(Duration time) {
    return new Command(words, input, environment, directory, time);
  }

  Command with(String variable, String value) {
    var more = new TreeMap<>(environment);
    more.put(variable, value);
    return new Command(words, input, more, directory, deadline);
  }

  /// Run it as the child of a shell that prepares its descriptors: `exec 3<file`.
  Command under(String script) {
    var all = new ArrayList<>(List.of("sh", "-c", script + "; exec \"$@\"", "sh"));
    all.addAll(words);
    return new Command(all, input, environment, directory, deadline);
  }

  /// What a command left: its exit code (128 + signal) and what it wrote.
  record Outcome(List<String> words, int code, String out, String errors) {
    /// Return this.
    ///
    /// @throws AssertionError with what it wrote when it exited with anything but 0
    Outcome succeeded() {
      if (code != 0) {
        throw new AssertionError("exit " + code + " of " + words + ": " + out + errors);
      }
      return this;
    }

    List<String> lines() {
      return out.lines().toList();
    }

    /// Return the output without the last line end.
    String text() {
      return out.stripTrailing();
    }
  }

  /// Run it to its end.
  Outcome run() {
    try {
      var out = Files.createTempFile("command", ".out");
      var errors = Files.createTempFile("command", ".err");
      try {
        return run(out, errors);
      } finally {
        Files.delete(out);
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Run it to its end, with its output appended to files.
  Outcome run(Path out, Path errors) throws IOException {
    var standardInput = input.isEmpty() ? null : Files.createTempFile("command", ".in");
    try {
      if (standardInput != null) {
        Files.writeString(standardInput, input);
      }
      var process = start(out, errors, standardInput);
      if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        throw new AssertionError(
            "not ended in " + deadline + ": " + words + ": " + read(out) + read(errors));
      }
      Orphans.watch();
      return new Outcome(words, process.exitValue(), read(out), read(errors));
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    } finally {
      if (standardInput != null) {
        Files.delete(standardInput);
      }
    }
  }

  /// Start it with its output appended to files.
  Process start(Path out, Path errors) throws IOException {
    return start(out, errors, null);
  }

  private Process start(Path out, Path errors, @Nullable Path standardInput) throws IOException {
    var builder = builder();
    builder.redirectInput(standardInput == null ? new File("/dev/null") : standardInput.toFile());
    builder.redirectOutput(Redirect.appendTo(out.toFile()));
    builder.redirectError(Redirect.appendTo(errors.toFile()));
    return start(builder);
  }

  /// Start it with pipes for its output and errors together, and for its input.
  Process startWithPipes() throws IOException {
    return start(builder().redirectErrorStream(true));
  }

  /// Under a lock, so that nobody takes a child for an orphan before its number is known.
  private static Process start(ProcessBuilder builder) throws IOException {
    synchronized (RUNNING) {
      var process = builder.start();
      RUNNING.add(process.pid());
      var _ = process.onExit().thenRun(() -> RUNNING.remove(process.pid()));
      return process;
    }
  }

  /// Return whether a child is one of those that were started here.
  static boolean isRunning(long pid) {
    synchronized (RUNNING) {
      return RUNNING.contains(pid);
    }
  }

  private ProcessBuilder builder() {
    var builder = new ProcessBuilder(words).directory(directory.toFile());
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().putAll(environment);
    return builder;
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.UTF_8);
  }
}
