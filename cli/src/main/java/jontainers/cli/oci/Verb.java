package jontainers.cli.oci;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jontainers.cli.oci.Flags.Declared;
import jontainers.cli.oci.Flags.Placing;

/// The commands, in the order in which help lists them; the classes of one are only ever loaded
/// when it is asked for.
enum Verb {
  CREATE("create", "make a container that start starts", 1, Placing.FIRST),
  START("start", "start the program of a container", 1, Placing.FIRST),
  RUN("run", "create and start a container", 1, Placing.FIRST),
  STATE("state", "print the state of a container", 1, Placing.FIRST),
  KILL("kill", "send a signal to a container", -1, Placing.ANYWHERE),
  DELETE("delete", "delete a container and what it holds", 1, Placing.ANYWHERE),
  EXEC("exec", "run another program in a container", -1, Placing.FIRST),
  LIST("list", "list containers", 0, Placing.FIRST),
  PS("ps", "list the processes of a container", -1, Placing.FIRST),
  PAUSE("pause", "stop all processes of a container", 1, Placing.FIRST),
  RESUME("resume", "let them go on", 1, Placing.FIRST),
  UPDATE("update", "change the limits of a container", 1, Placing.ANYWHERE),
  EVENTS("events", "print what a container uses", 1, Placing.ANYWHERE),
  SPEC("spec", "write an example of a configuration", 0, Placing.FIRST),
  FEATURES("features", "print what is supported", 0, Placing.FIRST),
  CHECKPOINT("checkpoint", "unsupported", -1, Placing.ANYWHERE),
  RESTORE("restore", "unsupported", -1, Placing.ANYWHERE);

  private final String word;
  private final String summary;
  private final int words;
  private final Placing placing;

  Verb(String word, String summary, int words, Placing placing) {
    this.word = word;
    this.summary = summary;
    this.words = words;
    this.placing = placing;
  }

  static Optional<Verb> find(String word) {
    return Arrays.stream(values()).filter(verb -> verb.word.equals(word)).findFirst();
  }

  String word() {
    return word;
  }

  String summary() {
    return summary;
  }

  Placing placing() {
    return placing;
  }

  Operation operation() {
    return switch (this) {
      case CREATE -> CreateOperation::create;
      case RUN -> CreateOperation::run;
      case START -> StartOperation::run;
      case STATE -> StateOperation::run;
      case KILL -> KillOperation::run;
      case DELETE -> DeleteOperation::run;
      case EXEC -> ExecOperation::run;
      case LIST -> ListOperation::run;
      case PS -> PsOperation::run;
      case PAUSE -> PauseOperation::pause;
      case RESUME -> PauseOperation::resume;
      case UPDATE -> UpdateOperation::run;
      case EVENTS -> EventsOperation::run;
      case SPEC -> SpecOperation::run;
      case FEATURES -> FeaturesOperation::run;
      case CHECKPOINT, RESTORE -> Unsupported::run;
    };
  }

  /// Check the number of words that are no options.
  void check(List<String> given) throws FlagException {
    boolean atLeastOne = words < 0 && given.isEmpty() && this != CHECKPOINT && this != RESTORE;
    if (atLeastOne) {
      throw new FlagException("\"" + word + "\" requires a minimum of 1 argument");
    }
    if (words >= 0 && given.size() != words) {
      throw new FlagException("\"" + word + "\" requires exactly " + words + " argument(s)");
    }
    if (words != 0 && !given.isEmpty() && given.getFirst().isEmpty()) {
      throw new FlagException("container id cannot be empty");
    }
  }

  List<Declared> flags() {
    return switch (this) {
      case CREATE, RUN ->
          List.of(
              Declared.value("bundle", "b"),
              Declared.value("config", "f"),
              Declared.value("console-socket"),
              Declared.value("pidfd-socket"),
              Declared.value("pid-file"),
              Declared.flag("detach", "d"),
              Declared.flag("keep"),
              Declared.flag("no-subreaper"),
              Declared.flag("no-pivot"),
              Declared.flag("no-new-keyring"),
              Declared.value("preserve-fds"));
      case EXEC ->
          List.of(
              Declared.value("console-socket"),
              Declared.value("pidfd-socket"),
              Declared.value("cwd"),
              Declared.value("env", "e"),
              Declared.flag("tty", "t"),
              Declared.value("user", "u"),
              Declared.value("additional-gids", "g"),
              Declared.value("process", "p"),
              Declared.flag("detach", "d"),
              Declared.value("pid-file"),
              Declared.value("process-label"),
              Declared.value("apparmor"),
              Declared.flag("no-new-privs"),
              Declared.value("cap", "c"),
              Declared.value("preserve-fds"),
              Declared.value("cgroup"),
              Declared.flag("ignore-paused"));
      case KILL -> List.of(Declared.flag("all", "a"));
      case DELETE -> List.of(Declared.flag("force", "f"), Declared.flag("regex"));
      case LIST -> List.of(Declared.value("format", "f"), Declared.flag("quiet", "q"));
      case PS -> List.of(Declared.value("format", "f"));
      case UPDATE -> UpdateOperation.FLAGS;
      case EVENTS -> List.of(Declared.value("interval"), Declared.flag("stats"));
      case SPEC -> List.of(Declared.value("bundle", "b"), Declared.flag("rootless"));
      case START, STATE, PAUSE, RESUME, FEATURES, CHECKPOINT, RESTORE -> List.of();
    };
  }
}
