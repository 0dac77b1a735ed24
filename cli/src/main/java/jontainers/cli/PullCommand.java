package jontainers.cli;

import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import jontainers.image.name.Reference;
import jontainers.image.registry.PlatformMatch;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers pull`: fetch an image and unpack it.
final class PullCommand implements Command {
  private static final String QUIET = "--quiet";
  private static final String PLATFORM = "--platform";
  private static final String PROGRESS = "--progress";

  @Override
  public Verb verb() {
    return Verb.PULL;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers pull [OPTIONS] NAME[:TAG|@DIGEST]");
    spec.addOption(Options.flag("Show the name alone, at the end", "-q", QUIET));
    spec.addOption(Options.value("PLATFORM", "Take the image for OS/ARCH[/VARIANT]", PLATFORM));
    describeProgress(spec);
    Registries.describe(spec);
    spec.addPositional(Options.words("NAME[:TAG|@DIGEST]", "Image"));
    return spec;
  }

  static void describeProgress(CommandSpec spec) {
    spec.addOption(Options.value("auto|tty|plain|json", "How progress is shown", PROGRESS));
  }

  static TransferDisplay display(Session session, ParseResult arguments) throws UsageException {
    var mode = TransferDisplay.Mode.parse(Options.text(arguments, PROGRESS).orElse("auto"));
    return TransferDisplay.of(
        session.stdout(),
        session.out(),
        Options.isSet(arguments, QUIET) ? TransferDisplay.Mode.QUIET : mode);
  }

  /// Read the name that is the only parameter; who gave no tag is told which it is.
  static Reference reference(
      Session session, Command.Verb verb, TransferDisplay display, ParseResult arguments)
      throws ImageException, UsageException {
    var words = Options.words(arguments);
    if (words.size() != 1) {
      throw new UsageException(
          "\"" + verb.word() + "\" requires exactly 1 argument",
          "jontainers " + verb.word() + " --help");
    }
    var reference = Registries.config(session).reference(words.getFirst());
    String tag = reference.tag();
    if (tag != null && !words.getFirst().endsWith(":" + tag) && reference.digest() == null) {
      display.say(TransferMessage.of("", "Using default tag: " + tag));
    }
    return reference;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException {
    var display = display(session, arguments);
    var named = Options.text(arguments, PLATFORM);
    var platform = named.isPresent() ? PlatformMatch.parse(named.get()) : PlatformMatch.host();
    Rootless.enter(session);
    var reference = reference(session, verb(), display, arguments);
    try (var interruption = Interruption.ofThisThread();
        var engine = Registries.engine(session, global);
        var client = Registries.client(session, global, arguments)) {
      try {
        var _ = new ImagePull(client, engine.images(), display).pull(reference, platform);
      } catch (ImageException e) {
        if (interruption.hasCome()) {
          return interruption.exitCode();
        }
        throw e;
      }
    }
    session.out().println(reference);
    return 0;
  }
}
