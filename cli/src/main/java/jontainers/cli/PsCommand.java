package jontainers.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import jontainers.engine.ContainerState;
import jontainers.engine.ContainerStatus;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers ps`: list what runs, in Docker's columns.
final class PsCommand implements Command {
  private static final String ALL = "--all";
  private static final String QUIET = "--quiet";
  private static final int COMMAND_WIDTH = 20;

  @Override
  public Verb verb() {
    return Verb.PS;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.addOption(Options.flag("Show those that have ended, too", "-a", ALL));
    spec.addOption(Options.flag("Show ids only", "-q", QUIET));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments) throws EngineException {
    Rootless.enter(session);
    List<ContainerState> shown;
    try (var engine = Engine.open(global.root())) {
      shown =
          engine.containers().stream()
              .filter(c -> Options.isSet(arguments, ALL) || c.status() == ContainerStatus.RUNNING)
              .toList();
    }
    if (Options.isSet(arguments, QUIET)) {
      shown.forEach(container -> session.out().println(container.shortId()));
    } else {
      session.out().print(table(shown, Instant.now()));
    }
    return 0;
  }

  static String table(List<ContainerState> containers, Instant now) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "NAMES"));
    for (var container : containers) {
      String age = Units.age(Duration.between(Instant.ofEpochSecond(container.created()), now));
      rows.add(
          List.of(
              container.shortId(),
              container.image(),
              quoted(container.command()),
              age + " ago",
              switch (container.status()) {
                case CREATED -> "Created";
                case RUNNING -> "Up " + age;
                case EXITED -> "Exited (" + container.exitCode() + ")";
              },
              container.name()));
    }
    return Table.of(rows);
  }

  private static String quoted(List<String> command) {
    String line = String.join(" ", command);
    return '"'
        + (line.length() > COMMAND_WIDTH ? line.substring(0, COMMAND_WIDTH - 1) + "…" : line)
        + '"';
  }
}
