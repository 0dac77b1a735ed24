package jontainers.cli;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import jontainers.linux.Nearest;
import jontainers.linux.ThisProcess;
import picocli.CommandLine;

/// The entry point: find the subcommand, run it, turn its outcome into an exit code and one line.
public final class Main {
  /// What Docker exits with when the engine, and not the program, is the reason.
  private static final int ENGINE_FAILED = 125;

  /// What Docker's commands about images exit with.
  private static final int IMAGE_FAILED = 1;

  private static final int NOT_EXECUTABLE = 126;
  private static final int NOT_FOUND = 127;

  private final Session session;

  private Main(Session session) {
    this.session = session;
  }

  /// Run one command and end the process with its exit code.
  ///
  /// The end is exit_group(2): System.exit waits for threads that sit in a system call.
  public static void main(String[] arguments) {
    try (var session = Session.ofThisProcess()) {
      var main = new Main(session);
      String training = System.getProperty("jontainers.training");
      if (training == null) {
        ThisProcess.exit(main.run(ThisProcess.arguments(arguments)));
      } else {
        main.train(Arrays.asList(arguments), training);
      }
    }
  }

  /// Run several commands, a line each, so that the AOT cache learns their classes. The JVM writes
  /// the cache when it ends the ordinary way.
  private void train(List<String> global, String commands) {
    for (String line : commands.split("\n")) {
      var words = new ArrayList<>(global);
      words.addAll(List.of(line.strip().split(" ")));
      session.err().println(line + ": " + run(words));
    }
  }

  int run(List<String> arguments) {
    boolean debug = arguments.contains("--debug") || arguments.contains("-D");
    try {
      return run(Global.parse(session, arguments));
    } catch (UsageException e) {
      return fail(ENGINE_FAILED, String.valueOf(e.getMessage()), e.hint(), debug, e);
    } catch (EngineException e) {
      return fail(exitCode(e.category()), e.problems(), e.hint().orElse(""), debug, e);
    } catch (ImageException e) {
      return fail(IMAGE_FAILED, String.valueOf(e.getMessage()), e.hint(), debug, e);
    } catch (InvalidPathException e) {
      String message = "not a path in this locale: " + e.getInput();
      return fail(ENGINE_FAILED, message, "set the variable LC_ALL to C.UTF-8", debug, e);
    } catch (IOException | RuntimeException | Error e) {
      return fail(ENGINE_FAILED, String.valueOf(e), "", debug, e);
    }
  }

  private int run(Global global)
      throws UsageException, EngineException, ImageException, IOException {
    switch (global.ask()) {
      case VERSION -> {
        session.out().println("jontainers version " + Version.current());
        return 0;
      }
      case HELP -> {
        session.out().print(Help.overview());
        return 0;
      }
      case NOTHING -> {
        // a subcommand follows
      }
    }
    if (global.rest().isEmpty()) {
      session.err().print(Help.overview());
      return ENGINE_FAILED;
    }
    String word = global.rest().getFirst();
    if (word.equals("help") || word.equals("version")) {
      session
          .out()
          .print(
              word.equals("help")
                  ? Help.overview()
                  : "jontainers version " + Version.current() + "\n");
      return 0;
    }
    var rest = global.rest().subList(1, global.rest().size());
    if (word.equals("image") && !rest.isEmpty()) {
      word = ofImages(rest.getFirst());
      rest = rest.subList(1, rest.size());
    }
    var command = verb(word).command();
    var spec = command.spec();
    var parsed = CommandParser.parse(spec, rest);
    if (parsed.isUsageHelpRequested()) {
      session.out().print(new CommandLine(spec).getUsageMessage(CommandLine.Help.Ansi.OFF));
      return 0;
    }
    return command.run(session, global, parsed);
  }

  /// Docker's commands about images have a second name each, in a group: `image ls`.
  private static String ofImages(String word) {
    return switch (word) {
      case "ls", "list" -> Command.Verb.IMAGES.word();
      case "rm", "remove" -> Command.Verb.RMI.word();
      default -> word;
    };
  }

  private static Command.Verb verb(String word) throws UsageException {
    for (var verb : Command.Verb.values()) {
      if (verb.word().equals(word)) {
        return verb;
      }
    }
    Optional<String> near =
        Nearest.find(word, Arrays.stream(Command.Verb.values()).map(Command.Verb::word).toList());
    throw new UsageException(
        "unknown command: " + word,
        near.map(n -> "did you mean " + n + "?").orElse("jontainers --help lists the commands"));
  }

  private int fail(int code, String message, String hint, boolean debug, Throwable failure) {
    return fail(code, List.of(message), hint, debug, failure);
  }

  /// @param problems a line for each
  private int fail(int code, List<String> problems, String hint, boolean debug, Throwable failure) {
    var err = session.err();
    for (String problem : problems) {
      err.println("jontainers: " + VisibleText.line(problem));
    }
    if (!hint.isEmpty()) {
      err.println("hint: " + VisibleText.line(hint));
    }
    if (debug) {
      failure.printStackTrace(err);
    }
    return code;
  }

  private static int exitCode(EngineException.Category category) {
    return switch (category) {
      case PROGRAM_NOT_FOUND -> NOT_FOUND;
      case PROGRAM_NOT_EXECUTABLE -> NOT_EXECUTABLE;
      case NOT_FOUND, CONFLICT, INVALID, FORBIDDEN, UNSUPPORTED, INTERNAL -> ENGINE_FAILED;
    };
  }
}
