package jontainers.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Optional;
import jontainers.engine.EngineException;
import jontainers.image.ConfigChange;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.NewImage;
import jontainers.image.name.Reference;
import jontainers.image.registry.PlatformMatch;
import jontainers.linux.Terminal;
import jontainers.oci.ImageConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers import`: make an image of one layer from a root filesystem in an archive.
final class ImportCommand implements Command {
  private static final String CHANGE = "--change";
  private static final String MESSAGE = "--message";
  private static final String PLATFORM = "--platform";

  @Override
  public Verb verb() {
    return Verb.IMPORT;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers import [OPTIONS] FILE|- [NAME[:TAG]]");
    spec.addOption(
        Options.values(
            "INSTRUCTION", "Configure it, as a Dockerfile does: CMD, ENV…", "-c", CHANGE));
    spec.addOption(Options.value("TEXT", "Say where it comes from", "-m", MESSAGE));
    spec.addOption(Options.value("OS/ARCH", "What it runs on, if not on this machine", PLATFORM));
    spec.addPositional(Options.words("FILE NAME", "The archive, and what it is to be called"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    var words = Options.words(arguments);
    if (words.isEmpty() || words.size() > 2) {
      throw new UsageException(
          "\"import\" requires 1 or 2 arguments", "jontainers import FILE [NAME]");
    }
    String file = words.getFirst();
    if (file.startsWith("http://") || file.startsWith("https://")) {
      throw new UsageException(
          "import reads no addresses", "curl " + file + " | jontainers import - NAME");
    }
    if (file.equals("-") && Terminal.isTerminal(session.stdin())) {
      throw new UsageException("standard input is a terminal", "name a file, or redirect");
    }
    Rootless.enter(session);
    try (var engine = Registries.engine(session, global)) {
      var images = engine.images();
      Optional<Reference> name =
          words.size() == 2 ? Optional.of(images.newName(words.getLast())) : Optional.empty();
      var config = ImageConfig.Config.NONE;
      for (String change : Options.list(arguments, CHANGE)) {
        config = ConfigChange.apply(config, change);
      }
      var platform = Options.text(arguments, PLATFORM).orElse("");
      var plan =
          new NewImage(
              Optional.empty(),
              config,
              (platform.isEmpty() ? PlatformMatch.host() : PlatformMatch.parse(platform))
                  .platform(),
              "",
              Options.text(arguments, MESSAGE)
                  .orElse("Imported from " + (file.equals("-") ? "-" : file)),
              "",
              Instant.now());
      session.out().println(read(images, session, plan, file, name).id());
      return 0;
    }
  }

  private static Image read(
      ImageStore images, Session session, NewImage plan, String file, Optional<Reference> name)
      throws ImageException, IOException {
    if (file.equals("-")) {
      return images.importRootfs(plan, session.stdin().inputStream(), name);
    }
    try (InputStream in = Files.newInputStream(session.path(file))) {
      return images.importRootfs(plan, in, name);
    } catch (NoSuchFileException e) {
      throw new ImageException(ImageException.Category.NOT_FOUND, "no such file: " + file, "", e);
    }
  }
}
