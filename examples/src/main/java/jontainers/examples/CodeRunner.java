package jontainers.examples;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.engine.FileMount;
import jontainers.engine.Limits;
import jontainers.engine.NetworkMode;
import jontainers.engine.RootImage;
import jontainers.engine.RunOptions;
import jontainers.engine.RunResult;
import jontainers.engine.Security;

/// Run snippets of code that somebody sent in, as judges, notebooks and lessons do.
///
/// A snippet is `nobody` in a container of the machine's own programs, without a network and
/// without any capability. It can write to a small /tmp alone, and has two seconds, one processor,
/// 64 MiB, 32 processes and 64 KiB of output.
///
/// ```
/// $ echo 6 | examples/code-runner sh 'read n; echo $((n * 7))'
/// 42
/// ok
/// ```
public final class CodeRunner implements AutoCloseable {
  private static final Limits LIMITS = Limits.none().memory(64L << 20).cpus(1).pids(32);
  private static final RunOptions OPTIONS =
      RunOptions.standard().timeout(Duration.ofSeconds(2)).outputLimit(64 << 10);

  private final Engine engine;

  private CodeRunner(Engine engine) {
    this.engine = engine;
  }

  /// Open one on a state directory of its own.
  public static CodeRunner open(Path root) throws EngineException {
    return new CodeRunner(Engine.open(root));
  }

  /// Run a snippet to its end, or to the end of its time, memory or paper.
  ///
  /// @param interpreter a program of this machine that takes code with `-c`, such as sh or python3
  public RunResult run(String interpreter, String code, String input) throws EngineException {
    var spec =
        ContainerSpec.of(RootImage.host(), interpreter, "-c", code)
            .autoRemove()
            .user("65534:65534")
            .workingDirectory("/tmp")
            .readOnly()
            .mount(new FileMount.Tmpfs("/tmp", List.of("size=16m", "mode=1777")))
            .network(NetworkMode.NONE)
            .limits(LIMITS)
            .security(Security.least())
            .build();
    return engine.run(spec, OPTIONS.input(input));
  }

  /// Say in a word how it went.
  public static String verdict(RunResult result) {
    return switch (result.outcome()) {
      case EXITED -> result.succeeded() ? "ok" : "exit code " + result.exitCode();
      case TIMED_OUT -> "out of time";
      case OUT_OF_MEMORY -> "out of memory";
      case TOO_MUCH_OUTPUT -> "too much output";
      case INTERRUPTED -> "interrupted";
      case DETACHED -> throw new IllegalStateException("nobody detaches from a snippet");
    };
  }

  @Override
  public void close() throws EngineException {
    engine.close();
  }

  /// Run one snippet for the words of a command: a state directory, an interpreter, the code.
  static void run(List<String> words, InputStream in, PrintStream out, PrintStream err)
      throws EngineException, IOException {
    try (var runner = open(Path.of(words.get(0)))) {
      String input = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      var result = runner.run(words.get(1), words.get(2), input);
      out.print(result.output());
      err.print(result.errors());
      out.println(verdict(result));
    }
  }

  /// Run one snippet with what is on standard input.
  public static void main(String... arguments) throws EngineException, IOException {
    run(List.of(arguments), System.in, System.out, System.err);
  }
}
