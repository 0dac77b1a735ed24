package jontainers.cli;

import java.io.IOException;
import java.util.Optional;
import jontainers.engine.CommitOptions;
import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import jontainers.image.name.Reference;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers commit`: make an image of what a container has changed.
final class CommitCommand implements Command {
  private static final String AUTHOR = "--author";
  private static final String CHANGE = "--change";
  private static final String MESSAGE = "--message";
  private static final String PAUSE = "--pause";

  @Override
  public Verb verb() {
    return Verb.COMMIT;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers commit [OPTIONS] CONTAINER [NAME[:TAG]]");
    spec.addOption(Options.value("TEXT", "Who made it", "-a", AUTHOR));
    spec.addOption(
        Options.values(
            "INSTRUCTION", "Configure it, as a Dockerfile does: CMD, ENV…", "-c", CHANGE));
    spec.addOption(Options.value("TEXT", "What it is", "-m", MESSAGE));
    spec.addOption(Options.value("true|false", "Let it stand still meanwhile (true)", "-p", PAUSE));
    spec.addPositional(
        Options.words("CONTAINER NAME", "The container, and what the image is to be called"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    var words = Options.words(arguments);
    if (words.isEmpty() || words.size() > 2) {
      throw new UsageException(
          "\"commit\" requires 1 or 2 arguments", "jontainers commit CONTAINER [NAME]");
    }
    boolean pause =
        switch (Options.text(arguments, PAUSE).orElse("true")) {
          case "true", "1" -> true;
          case "false", "0" -> false;
          default -> throw new UsageException("invalid value for --pause", "true or false");
        };
    Rootless.enter(session);
    try (var engine = Registries.engine(session, global)) {
      Optional<Reference> name =
          words.size() == 2
              ? Optional.of(engine.images().newName(words.getLast()))
              : Optional.empty();
      var options =
          new CommitOptions(
              Options.text(arguments, AUTHOR).orElse(""),
              Options.text(arguments, MESSAGE).orElse(""),
              Options.list(arguments, CHANGE),
              pause);
      session.out().println(engine.commit(words.getFirst(), options, name).id());
      return 0;
    }
  }
}
