package jontainers.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import jontainers.linux.Terminal;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers export`: write the filesystem of a container as a tar.
final class ExportCommand implements Command {
  private static final String OUTPUT = "--output";
  private static final int BUFFER = 1 << 16;

  @Override
  public Verb verb() {
    return Verb.EXPORT;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers export [OPTIONS] CONTAINER");
    spec.addOption(Options.value("FILE", "Write this instead of standard output", "-o", OUTPUT));
    spec.addPositional(Options.words("CONTAINER", "Name or id"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    String name = Options.onlyWord(arguments, verb());
    var output = Options.text(arguments, OUTPUT).filter(o -> !o.equals("-"));
    if (output.isEmpty() && Terminal.isTerminal(session.stdout())) {
      throw new UsageException(
          "cowardly refusing to save to a terminal", "use the option --output, or redirect");
    }
    Rootless.enter(session);
    try (var engine = Registries.engine(session, global)) {
      if (output.isPresent()) {
        engine.exportTo(name, session.path(output.get()));
      } else {
        var out = new BufferedOutputStream(new LentOutput(session.stdout()), BUFFER);
        engine.export(name, out);
        out.flush();
      }
      return 0;
    }
  }
}
