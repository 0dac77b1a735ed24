package jontainers.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.engine.NetworkMode;
import jontainers.engine.RootImage;
import jontainers.linux.Terminal;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers run`: run a program in a new container, attached to it until it ends.
final class RunCommand implements Command {
  private static final String NAME = "--name";
  private static final String HOSTNAME = "--hostname";
  private static final String RM = "--rm";
  private static final String INTERACTIVE = "--interactive";
  private static final String TTY = "--tty";
  private static final String ENV = "--env";
  private static final String WORKDIR = "--workdir";
  private static final String USER = "--user";
  private static final String NETWORK = "--network";
  private static final String READ_ONLY = "--read-only";
  private static final String ROOTFS = "--rootfs";
  private static final String EXPORT = "--export";
  private static final String TRACE = "--trace";
  private static final String STDOUT = "-";

  @Override
  public Verb verb() {
    return Verb.RUN;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.parser().stopAtPositional(true);
    spec.usageMessage()
        .customSynopsis(
            "jontainers run [OPTIONS] IMAGE [COMMAND [ARG…]]",
            "jontainers run [OPTIONS] --rootfs DIR COMMAND [ARG…]")
        .footer(
            "", "IMAGE is \"host\", the machine's own root filesystem, which is never changed.");
    spec.addOption(Options.value("NAME", "Name the container", NAME));
    spec.addOption(Options.value("NAME", "Host name in the container", "-h", HOSTNAME));
    spec.addOption(Options.flag("Keep nothing of it when it has ended", RM));
    spec.addOption(Options.flag("Pass standard input on", "-i", INTERACTIVE));
    spec.addOption(Options.flag("Give it a terminal", "-t", TTY));
    spec.addOption(
        Options.values("NAME[=VALUE]", "Set a variable; without a value, the caller's", "-e", ENV));
    spec.addOption(Options.value("DIR", "Working directory in the container", "-w", WORKDIR));
    spec.addOption(Options.value("USER[:GROUP]", "Names or ids", "-u", USER));
    spec.addOption(Options.value("NETWORK", "bridge (default), host or none", NETWORK, "--net"));
    spec.addOption(Options.flag("Make the root filesystem read-only", READ_ONLY));
    spec.addOption(Options.value("DIR", "Run on this directory instead of an image", ROOTFS));
    spec.addOption(
        Options.value(
            "FILE", "Save the filesystem as a tar when it has ended; - is stdout", EXPORT));
    spec.addOption(Options.flag("Print each system call that makes the container", TRACE));
    spec.addPositional(Options.words("IMAGE COMMAND ARG", "What to run"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, UsageException, IOException {
    boolean interactive = Options.isSet(arguments, INTERACTIVE);
    var spec = containerSpec(session, arguments);
    if (spec.terminal() && interactive && !Terminal.isTerminal(session.stdin())) {
      throw new UsageException("the input device is not a TTY", "leave -t away, or use a terminal");
    }
    Optional<Export> export = export(session, arguments, spec.terminal());
    try (var engine = Engine.open(global.root())) {
      Optional<TracePrinter> trace =
          Options.isSet(arguments, TRACE)
              ? Optional.of(new TracePrinter(session.err()))
              : Optional.empty();
      return new AttachedRun(session, engine, spec, interactive, export, trace).run();
    }
  }

  static ContainerSpec containerSpec(Session session, ParseResult arguments) throws UsageException {
    List<String> words = Options.words(arguments);
    String rootfs = arguments.matchedOptionValue(ROOTFS, "");
    RootImage image;
    if (!rootfs.isEmpty()) {
      image = RootImage.rootfs(session.path(rootfs));
    } else if (words.isEmpty()) {
      throw new UsageException(
          "\"run\" requires at least 1 argument",
          "jontainers run [OPTIONS] IMAGE [COMMAND [ARG…]]");
    } else {
      image = image(words.getFirst());
      words = words.subList(1, words.size());
    }
    var draft = ContainerSpec.of(image, words);
    text(arguments, NAME).ifPresent(draft::name);
    text(arguments, HOSTNAME).ifPresent(draft::hostname);
    text(arguments, WORKDIR).ifPresent(draft::workingDirectory);
    text(arguments, USER).ifPresent(draft::user);
    draft.network(network(arguments.matchedOptionValue(NETWORK, "bridge")));
    for (String variable : Options.list(arguments, ENV)) {
      environment(session, draft, variable);
    }
    if (Options.isSet(arguments, RM)) {
      draft.autoRemove();
    }
    if (Options.isSet(arguments, READ_ONLY)) {
      draft.readOnly();
    }
    if (Options.isSet(arguments, TTY)) {
      draft.terminal();
    }
    return draft.build();
  }

  private static RootImage image(String name) throws UsageException {
    if (name.equals("host")) {
      return RootImage.host();
    }
    throw new UsageException(
        "no such image: " + name, "this version knows the image host, and directories by --rootfs");
  }

  private static NetworkMode network(String name) throws UsageException {
    return switch (name) {
      case "bridge", "default" -> NetworkMode.BRIDGE;
      case "host" -> NetworkMode.HOST;
      case "none" -> NetworkMode.NONE;
      default ->
          throw new UsageException(
              "no such network: " + name, "networks are bridge, host and none");
    };
  }

  /// `NAME=VALUE` sets; `NAME` alone passes the caller's variable on, when there is one.
  private static void environment(Session session, ContainerSpec.Draft draft, String variable)
      throws UsageException {
    int equals = variable.indexOf('=');
    if (equals == 0 || variable.isEmpty()) {
      throw new UsageException("invalid environment variable: \"" + variable + "\"", "");
    }
    if (equals > 0) {
      draft.environment(variable.substring(0, equals), variable.substring(equals + 1));
    } else if (session.environment().containsKey(variable)) {
      draft.environment(variable, session.environment().getOrDefault(variable, ""));
    }
  }

  private static Optional<Export> export(Session session, ParseResult arguments, boolean terminal)
      throws UsageException {
    var file = text(arguments, EXPORT);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    if (file.get().equals(STDOUT)) {
      if (terminal || Terminal.isTerminal(session.stdout())) {
        throw new UsageException(
            "refusing to write a tar to a terminal", "name a file, or redirect standard output");
      }
      return Optional.of(Export.toStdout());
    }
    Path path = session.path(file.get());
    return Optional.of(Export.toFile(path));
  }

  private static Optional<String> text(ParseResult arguments, String option) {
    return arguments.hasMatchedOption(option)
        ? Optional.of(arguments.matchedOptionValue(option, ""))
        : Optional.empty();
  }
}
