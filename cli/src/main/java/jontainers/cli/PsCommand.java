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
  private static final String SIZE = "--size";
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
    spec.addOption(Options.flag("Show how much they have written", "-s", SIZE));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments) throws EngineException {
    Rootless.enter(session);
    List<ContainerState> shown;
    var sizes = new ArrayList<String>();
    try (var engine = Engine.open(global.root())) {
      shown =
          engine.containers().stream()
              .filter(c -> Options.isSet(arguments, ALL) || isInUse(c.status()))
              .toList();
      if (Options.isSet(arguments, SIZE)) {
        for (var container : shown) {
          sizes.add(Units.size(engine.usage(container.id())));
        }
      }
    }
    if (Options.isSet(arguments, QUIET)) {
      shown.forEach(container -> session.out().println(container.shortId()));
    } else {
      session.out().print(table(shown, sizes, Instant.now()));
    }
    return 0;
  }

  private static boolean isInUse(ContainerStatus status) {
    return switch (status) {
      case RUNNING, UNREADABLE -> true;
      case CREATED, EXITED -> false;
    };
  }

  /// @param sizes one for each container, or none
  private static String table(List<ContainerState> containers, List<String> sizes, Instant now) {
    var rows = new ArrayList<List<String>>();
    var headings =
        new ArrayList<>(List.of("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "NAMES"));
    if (!sizes.isEmpty()) {
      headings.add("SIZE");
    }
    rows.add(headings);
    for (var container : containers) {
      String age = Units.age(Duration.between(Instant.ofEpochSecond(container.created()), now));
      var row =
          new ArrayList<>(
              List.of(
                  container.shortId(),
                  container.image(),
                  quoted(container.command()),
                  age + " ago",
                  switch (container.status()) {
                    case CREATED -> "Created";
                    case RUNNING -> "Up " + age;
                    case EXITED -> "Exited (" + container.exitCode() + ")";
                    case UNREADABLE -> "Unreadable";
                  },
                  container.name()));
      if (!sizes.isEmpty()) {
        row.add(sizes.get(rows.size() - 1));
      }
      rows.add(row);
    }
    return Table.of(rows);
  }

  private static String quoted(List<String> command) {
    return VisibleText.quoted(VisibleText.cut(String.join(" ", command), COMMAND_WIDTH));
  }
}
