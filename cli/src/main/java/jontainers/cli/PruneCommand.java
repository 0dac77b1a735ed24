package jontainers.cli;

import java.io.IOException;
import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers prune`: remove images that nobody needs; `docker image prune`.
final class PruneCommand implements Command {
  private static final String ALL = "--all";

  @Override
  public Verb verb() {
    return Verb.PRUNE;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.addOption(Options.flag("All that no container needs, named ones too", "-a", ALL));
    spec.addOption(Options.flag("Do not ask (nobody is asked)", "-f", "--force"));
    spec.addOption(Options.values("NAME=VALUE", "Some of them only", ImageFilters.OPTION));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    Rootless.enter(session);
    try (var engine = Registries.engine(session, global)) {
      var filter =
          ImageFilters.parse(Options.list(arguments, ImageFilters.OPTION), engine.images());
      var outcome = engine.pruneImages(Options.isSet(arguments, ALL), filter);
      if (!outcome.untagged().isEmpty() || !outcome.deleted().isEmpty()) {
        session.out().println("Deleted Images:");
        outcome.untagged().forEach(tag -> session.out().println("untagged: " + tag));
        outcome.deleted().forEach(id -> session.out().println("deleted: " + id));
        session.out().println();
      }
      session.out().println("Total reclaimed space: " + Units.size(outcome.bytes()));
      return 0;
    }
  }
}
