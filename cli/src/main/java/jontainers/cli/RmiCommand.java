package jontainers.cli;

import java.io.IOException;
import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers rmi`: remove images, each with its last name.
final class RmiCommand implements Command {
  private static final String FORCE = "--force";

  @Override
  public Verb verb() {
    return Verb.RMI;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers rmi [OPTIONS] IMAGE [IMAGE…]");
    spec.addOption(
        Options.flag("Also with several names, or needed by a container that ended", "-f", FORCE));
    spec.addPositional(Options.words("IMAGE", "Names or ids"));
    return spec;
  }

  /// Those that can be removed are, whatever is wrong with others.
  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    var names = Options.words(arguments);
    if (names.isEmpty()) {
      throw new UsageException("\"rmi\" requires at least 1 argument", "jontainers rmi --help");
    }
    Rootless.enter(session);
    int code = 0;
    try (var engine = Registries.engine(session, global)) {
      for (String name : names) {
        try {
          var outcome = engine.removeImage(name, Options.isSet(arguments, FORCE));
          outcome.untagged().forEach(tag -> session.out().println("Untagged: " + tag));
          outcome.deleted().forEach(id -> session.out().println("Deleted: " + id));
        } catch (EngineException e) {
          session.err().println("jontainers: " + VisibleText.line(String.valueOf(e.getMessage())));
          code = 1;
        }
      }
    }
    return code;
  }
}
