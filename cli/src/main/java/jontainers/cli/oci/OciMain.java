package jontainers.cli.oci;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jontainers.cli.Session;
import jontainers.cli.Version;
import jontainers.linux.ThisProcess;
import jontainers.oci.OciFormatException;
import jontainers.oci.Spec;

/// The entry point of `jontainers-oci`, which engines call as they call runc: the operations of
/// runtime.md, a process each.
///
/// A command costs one start of a JVM, so it loads little: no library but the one that reads JSON.
public final class OciMain {
  private static final int FAILED = 1;
  private static final int EXEC_FAILED = 255;
  private static final int NO_SUCH_COMMAND = 3;

  private final Session session;

  private OciMain(Session session) {
    this.session = session;
  }

  /// Run one command and end the process with its exit code, by exit_group(2).
  public static void main(String[] arguments) {
    try (var session = Session.ofThisProcess()) {
      var main = new OciMain(session);
      String training = System.getProperty("jontainers.training");
      if (training == null) {
        ThisProcess.exit(main.run(ThisProcess.arguments(arguments)));
      } else {
        main.train(Arrays.asList(arguments), training);
      }
    }
  }

  /// Run several commands, a line each, so that the AOT cache learns their classes.
  private void train(List<String> global, String commands) {
    for (String line : commands.split("\n")) {
      var words = new ArrayList<>(global);
      words.addAll(List.of(line.strip().split(" ")));
      session.err().println(line + ": " + run(words));
    }
  }

  int run(List<String> arguments) {
    Flags flags;
    try {
      flags = Flags.parse(GlobalFlags.DECLARED, arguments);
    } catch (FlagException e) {
      session.err().println("Incorrect Usage: " + e.getMessage());
      return FAILED;
    }
    if (flags.has("version")) {
      return version();
    }
    if (flags.rest().isEmpty() || flags.has("help")) {
      session.out().print(OciHelp.text());
      return 0;
    }
    String word = flags.rest().getFirst();
    if (word.equals("help") || word.equals("h")) {
      session.out().print(OciHelp.text());
      return 0;
    }
    if (word.equals("version")) {
      return version();
    }
    var verb = Verb.find(word);
    if (verb.isEmpty()) {
      session.err().println("No help topic for '" + word + "'");
      return NO_SUCH_COMMAND;
    }
    try {
      return run(verb.get(), flags, Log.open(session, flags));
    } catch (FlagException e) {
      return fail(verb.get(), Log.ofErrors(session), String.valueOf(e.getMessage()), e);
    }
  }

  private int version() {
    session.out().println("jontainers-oci version " + Version.current());
    session.out().println("commit: " + Version.commit());
    session.out().println("spec: " + Spec.VERSION);
    return 0;
  }

  private int run(Verb verb, Flags global, Log log) {
    var words = global.rest().subList(1, global.rest().size());
    try {
      var flags = Flags.parse(verb.flags(), words, verb.placing());
      if (flags.has("help")) {
        session.out().print(OciHelp.text(verb));
        return 0;
      }
      verb.check(flags.rest());
      var context = new Context(session, GlobalFlags.of(session, global), log);
      log.debug("jontainers-oci " + global.rest() + ", state in " + context.global().root());
      int code = verb.operation().run(context, flags);
      log.debug(verb.word() + " is done: exit code " + code);
      return code;
    } catch (FlagException e) {
      return fail(verb, log, String.valueOf(e.getMessage()), e);
    } catch (OciFormatException | IOException e) {
      return fail(verb, log, message(verb, e), e);
    } catch (RuntimeException | LinkageError e) {
      return fail(verb, log, String.valueOf(e), e);
    }
  }

  private int fail(Verb verb, Log log, String message, Throwable failure) {
    log.error(message, failure);
    return verb == Verb.EXEC ? EXEC_FAILED : FAILED;
  }

  /// As runc says it: callers look for its words.
  private static String message(Verb verb, Exception failure) {
    String text = String.valueOf(failure.getMessage());
    boolean start = failure instanceof jontainers.runtime.StartException;
    return switch (verb) {
      case CREATE, RUN ->
          "jontainers-oci "
              + verb.word()
              + " failed: "
              + (start ? "unable to start container process: " : "")
              + text;
      case EXEC -> "exec failed: " + (start ? "unable to start container process: " : "") + text;
      case START ->
          start ? "jontainers-oci start failed: unable to start container process: " + text : text;
      default -> text;
    };
  }
}
