package jontainers.cli.oci;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import jontainers.cli.oci.Flags.Declared;
import jontainers.cli.oci.Flags.Placing;

/// The commands, in the order in which help lists them; the classes of one are only ever loaded
/// when it is asked for.
enum Verb {
  CREATE("create", "make a container that start starts", 1, Placing.FIRST, CreateOperation::create),
  START("start", "start the program of a container", 1, Placing.FIRST, () -> StartOperation::run),
  RUN("run", "create and start a container", 1, Placing.FIRST, CreateOperation::run),
  STATE("state", "print the state of a container", 1, Placing.FIRST, () -> StateOperation::run),
  KILL("kill", "send a signal to a container", -1, Placing.ANYWHERE, () -> KillOperation::run),
  DELETE(
      "delete", "delete a container and what it holds", 1, Placing.ANYWHERE,
      () -> DeleteOperation::run),
  EXEC("exec", "run another program in a container", -1, Placing.FIRST, () -> ExecOperation::run),
  LIST("list", "list containers", 0, Placing.FIRST, () -> ListOperation::run),
  PS("ps", "list the processes of a container", -1, Placing.FIRST, () -> PsOperation::run),
  PAUSE("pause", "stop all processes of a container", 1, Placing.FIRST, () -> PauseOperation::pause),
  RESUME("resume", "let them go on", 1, Placing.FIRST, () -> PauseOperation::resume),
  UPDATE(
      "update", "change the limits of a container", 1, Placing.ANYWHERE,
      () -> UpdateOperation::run),
  EVENTS("events", "print what a container uses", 1, Placing.ANYWHERE, () -> EventsOperation::run),
  SPEC("spec", "write an example of a configuration", 0, Placing.FIRST, () -> SpecOperation::run),
  FEATURES("features", "print what is supported", 0, Placing.FIRST, () -> FeaturesOperation::run),
  CHECKPOINT("checkpoint", "unsupported", -1, Placing.ANYWHERE, () -> Unsupported::run),
  RESTORE("restore", "unsupported", -1, Placing.ANYWHERE, () -> Unsupported::run);

  private final String word;
  private final String summary;
  private final int words;
  private final Placing placing;
  private final Supplier<Operation> operation;

  Verb(String word, String summary, int words, Placing placing, Supplier<Operation> operation) {
    this.word = word;
    this.summary = summary;
    this.words = words;
    this.placing = placing;
    this.operation = operation;
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
    return operation.get();
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
