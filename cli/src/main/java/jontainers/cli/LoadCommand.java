package jontainers.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.linux.Terminal;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers load`: load images from an archive of `save`, of Docker's or OCI's form.
final class LoadCommand implements Command {
  private static final String INPUT = "--input";
  private static final String QUIET = "--quiet";

  @Override
  public Verb verb() {
    return Verb.LOAD;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.addOption(Options.value("FILE|DIR", "Read this instead of standard input", "-i", INPUT));
    spec.addOption(Options.flag("Print nothing of what was loaded", "-q", QUIET));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    Optional<Path> input =
        Options.text(arguments, INPUT).filter(i -> !i.equals("-")).map(session::path);
    if (input.isEmpty() && Terminal.isTerminal(session.stdin())) {
      throw new UsageException(
          "requested load from stdin, but stdin is empty", "name a file: load --input FILE");
    }
    Rootless.enter(session);
    try (var engine = Registries.engine(session, global)) {
      var loaded = load(engine.images(), session, input);
      if (!Options.isSet(arguments, QUIET)) {
        for (var one : loaded) {
          session
              .out()
              .println(
                  one.name()
                      .map(name -> "Loaded image: " + name.familiar())
                      .orElse("Loaded image ID: " + one.id()));
        }
      }
      return 0;
    }
  }

  private static List<ImageStore.Loaded> load(
      ImageStore images, Session session, Optional<Path> input) throws ImageException, IOException {
    if (input.isEmpty()) {
      return images.load(session.stdin().inputStream());
    }
    if (Files.isDirectory(input.get())) {
      return images.load(input.get());
    }
    try (InputStream in = Files.newInputStream(input.get())) {
      return images.load(in);
    } catch (NoSuchFileException e) {
      throw new ImageException(
          ImageException.Category.NOT_FOUND, "no such file: " + input.get(), "", e);
    }
  }
}
