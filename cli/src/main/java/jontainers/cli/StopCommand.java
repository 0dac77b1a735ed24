package jontainers.cli;

import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers stop`: take away exactly what `start` made.
final class StopCommand implements Command {
  private static final String FORCE = "--force";

  @Override
  public Verb verb() {
    return Verb.STOP;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.addOption(Options.flag("End containers that run", "-f", FORCE));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments) throws EngineException {
    var running =
        Options.isSet(arguments, FORCE) ? Engine.WhileRunning.KILL : Engine.WhileRunning.REFUSE;
    try (var engine = Engine.open(global.root())) {
      var said = engine.releaseNetwork(running);
      said.forEach(session.out()::println);
      if (said.isEmpty()) {
        session.out().println("nothing to take away");
      }
    }
    return 0;
  }
}
