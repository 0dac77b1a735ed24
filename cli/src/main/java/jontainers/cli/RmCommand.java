package jontainers.cli;

import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers rm`: remove containers that have ended, and print each as it was named.
final class RmCommand implements Command {
  private static final String FORCE = "--force";

  @Override
  public Verb verb() {
    return Verb.RM;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers rm [OPTIONS] CONTAINER [CONTAINER…]");
    spec.addOption(Options.flag("Kill a container that runs", "-f", FORCE));
    spec.addPositional(Options.words("CONTAINER", "Names or ids"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, UsageException {
    var names = Options.words(arguments);
    if (names.isEmpty()) {
      throw new UsageException("\"rm\" requires at least 1 argument", "jontainers rm --help");
    }
    var running =
        Options.isSet(arguments, FORCE) ? Engine.WhileRunning.KILL : Engine.WhileRunning.REFUSE;
    Rootless.enter(session);
    try (var engine = Engine.open(global.root())) {
      for (String name : names) {
        engine.remove(name, running);
        session.out().println(name);
      }
    }
    return 0;
  }
}
