package jontainers.cli;

import java.io.IOException;
import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers tag`: give an image a further name.
final class TagCommand implements Command {
  @Override
  public Verb verb() {
    return Verb.TAG;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers tag IMAGE NAME[:TAG]");
    spec.addPositional(Options.words("IMAGE NAME", "The image, and what it is to be called"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    var words = Options.words(arguments);
    if (words.size() != 2) {
      throw new UsageException("\"tag\" requires exactly 2 arguments", "jontainers tag IMAGE NAME");
    }
    Rootless.enter(session);
    try (var engine = Registries.engine(session, global)) {
      var images = engine.images();
      images.tag(images.get(words.getFirst()), images.newName(words.getLast()));
      return 0;
    }
  }
}
