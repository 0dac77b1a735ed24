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
      String age = age(Duration.between(Instant.ofEpochSecond(container.created()), now));
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
    return columns(rows);
  }

  private static String columns(List<List<String>> rows) {
    int count = rows.getFirst().size();
    int[] widths = new int[count];
    for (var row : rows) {
      for (int i = 0; i < count; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length() + 3);
      }
    }
    var text = new StringBuilder();
    for (var row : rows) {
      for (int i = 0; i < count - 1; i++) {
        text.append(row.get(i)).repeat(" ", widths[i] - row.get(i).length());
      }
      text.append(row.getLast()).append('\n');
    }
    return text.toString();
  }

  private static String quoted(List<String> command) {
    String line = String.join(" ", command);
    return '"'
        + (line.length() > COMMAND_WIDTH ? line.substring(0, COMMAND_WIDTH - 1) + "…" : line)
        + '"';
  }

  /// Docker's words: go-units, HumanDuration.
  private static String age(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < 1) {
      return "Less than a second";
    }
    if (seconds < 60) {
      return seconds + (seconds == 1 ? " second" : " seconds");
    }
    long minutes = seconds / 60;
    if (minutes < 60) {
      return minutes == 1 ? "About a minute" : minutes + " minutes";
    }
    long hours = Math.round(minutes / 60.0);
    if (hours < 48) {
      return hours == 1 ? "About an hour" : hours + " hours";
    }
    return hours / 24 + " days";
  }
}
