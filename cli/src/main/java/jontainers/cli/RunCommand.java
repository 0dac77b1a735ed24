package jontainers.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jontainers.engine.ContainerSpec;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.engine.RootImage;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.registry.PlatformMatch;
import jontainers.linux.Terminal;
import jontainers.runtime.StartObserver;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers run`: run a program in a new container, attached to it until it ends.
final class RunCommand implements Command {
  private static final String NAME = "--name";
  private static final String RM = "--rm";
  private static final String INTERACTIVE = "--interactive";
  private static final String ROOTFS = "--rootfs";
  private static final String EXPORT = "--export";
  private static final String TRACE = "--trace";
  private static final String EXPLAIN = "--explain";
  private static final String DRY_RUN = "--dry-run";
  private static final String WITHOUT = "--without";
  private static final String INSECURE_LESSON = "--insecure-lesson";
  private static final String CIDFILE = "--cidfile";
  private static final String DETACH_KEYS = "--detach-keys";
  private static final String PLATFORM = "--platform";
  private static final String PULL = "--pull";
  private static final String QUIET = "--quiet";
  private static final String STDOUT = "-";

  @Override
  public Verb verb() {
    return Verb.RUN;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.parser().stopAtPositional(true);
    spec.usageMessage()
        .customSynopsis(
            "jontainers run [OPTIONS] IMAGE [COMMAND [ARG…]]",
            "jontainers run [OPTIONS] --rootfs DIR COMMAND [ARG…]")
        .footer(
            "",
            "IMAGE is a name or an id, or \"host\": the machine's own root filesystem, which is",
            "never changed.");
    spec.addOption(Options.value("NAME", "Name the container", NAME));
    spec.addOption(Options.flag("Keep nothing of it when it has ended", RM));
    spec.addOption(Options.flag("Pass standard input on", "-i", INTERACTIVE));
    spec.addOption(Options.value("DIR", "Run on this directory instead of an image", ROOTFS));
    spec.addOption(Options.value("OS/ARCH", "Run the image of another platform", PLATFORM));
    spec.addOption(Options.value("WHEN", "Pull it always, when it is missing, or never", PULL));
    spec.addOption(Options.flag("Tell nothing of a pull", "-q", QUIET));
    Registries.describe(spec);
    ProcessOptions.describe(spec);
    NetworkOptions.describe(spec);
    LimitOptions.describe(spec);
    SecurityOptions.describe(spec);
    spec.addOption(Options.value("FILE", "Write its id to a new file", CIDFILE));
    spec.addOption(
        Options.value("KEYS", "Keys that leave it and let it run, with -it", DETACH_KEYS));
    spec.addOption(
        Options.value(
            "FILE", "Save the filesystem as a tar when it has ended; - is stdout", EXPORT));
    spec.addOption(Options.flag("Print each system call that makes the container", TRACE));
    spec.addOption(Options.flag("Tell how it is made, and why, step by step", EXPLAIN));
    spec.addOption(Options.flag("With --explain: make nothing; needs no root", DRY_RUN));
    spec.addOption(Options.values("STEP", "Leave a wall out, to see what it is for", WITHOUT));
    spec.addOption(Options.flag("Allow --without: the container is not isolated", INSECURE_LESSON));
    spec.addPositional(Options.words("IMAGE COMMAND ARG", "What to run"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    boolean interactive = Options.isSet(arguments, INTERACTIVE);
    var keys = detachKeys(arguments);
    var spec = containerSpec(session, arguments);
    if (Options.isSet(arguments, DRY_RUN)) {
      if (!Options.isSet(arguments, EXPLAIN)) {
        throw new UsageException("--dry-run is for --explain", "add --explain");
      }
      new StoryPrinter(session.out()).tell(Engine.plan(global.root(), spec));
      return 0;
    }
    if (spec.userMapping().isPresent()) {
      Rootless.enter(session, spec.userMapping().get());
    }
    if (spec.terminal() && interactive && !Terminal.isTerminal(session.stdin())) {
      throw new UsageException("the input device is not a TTY", "leave -t away, or use a terminal");
    }
    Optional<Export> export = export(session, arguments, spec.terminal());
    var idFile = IdFile.of(session, Options.text(arguments, CIDFILE));
    try (var signals = SignalForwarding.listen();
        var engine = Registries.engine(session, global)) {
      if (spec.terminal()) {
        signals.abandonedWhen(HangUp.of(session));
      }
      if (spec.image() instanceof RootImage.Stored image) {
        int code = fetch(session, global, arguments, engine.images(), image);
        if (code != 0) {
          return code;
        }
      }
      Optional<StartObserver> trace = Optional.empty();
      if (Options.isSet(arguments, EXPLAIN)) {
        trace = Optional.of(new StoryPrinter(session.err()));
      } else if (Options.isSet(arguments, TRACE)) {
        trace = Optional.of(new TracePrinter(session.err()));
      }
      return new AttachedRun(
              session, engine, signals, spec, interactive, keys, export, trace, idFile)
          .run();
    }
  }

  static ContainerSpec containerSpec(Session session, ParseResult arguments) throws UsageException {
    List<String> words = Options.words(arguments);
    String rootfs = arguments.matchedOptionValue(ROOTFS, "");
    RootImage image;
    if (!rootfs.isEmpty()) {
      image = RootImage.rootfs(session.path(rootfs));
    } else if (words.isEmpty()) {
      throw new UsageException(
          "\"run\" requires at least 1 argument",
          "jontainers run [OPTIONS] IMAGE [COMMAND [ARG…]]");
    } else {
      image = image(arguments, words.getFirst());
      words = words.subList(1, words.size());
    }
    var draft = ContainerSpec.of(image, words);
    Options.text(arguments, NAME).ifPresent(draft::name);
    ProcessOptions.read(session, arguments, draft);
    draft.network(NetworkOptions.read(arguments));
    draft.limits(LimitOptions.read(arguments));
    draft.security(SecurityOptions.read(session, arguments));
    if (Options.isSet(arguments, RM)) {
      draft.autoRemove();
    }
    var without = Options.list(arguments, WITHOUT);
    if (!without.isEmpty() && !Options.isSet(arguments, INSECURE_LESSON)) {
      throw new UsageException(
          "--without leaves a wall of the container out: it is not isolated then",
          "add --insecure-lesson if that is what you want to see, with a program you trust");
    }
    draft.without(Set.copyOf(without));
    return draft.build();
  }

  /// Have the image here, as `--pull` asks.
  ///
  /// @return 0, or the exit code where a signal has ended it
  private static int fetch(
      Session session,
      Global global,
      ParseResult arguments,
      ImageStore images,
      RootImage.Stored image)
      throws ImageException, UsageException {
    String when = Options.text(arguments, PULL).orElse("missing");
    if (!List.of("always", "missing", "never").contains(when)) {
      throw new UsageException(
          "invalid value for --pull: " + when, "known are always, missing and never");
    }
    var platform =
        image.platform().isEmpty() ? PlatformMatch.host() : PlatformMatch.parse(image.platform());
    if (when.equals("never")
        || (when.equals("missing") && images.find(image.name(), platform).isPresent())) {
      return 0;
    }
    var reference = images.reference(image.name());
    var mode =
        Options.isSet(arguments, QUIET) ? TransferDisplay.Mode.QUIET : TransferDisplay.Mode.AUTO;
    var display = TransferDisplay.of(session.stderr(), session.err(), mode);
    if (when.equals("missing")) {
      display.say(
          TransferMessage.of("", "Unable to find image '" + reference.familiar() + "' locally"));
    }
    try (var interruption = Interruption.ofThisThread();
        var client = Registries.client(session, global, arguments)) {
      try {
        var _ = new ImagePull(client, images, display).pull(reference, platform);
      } catch (ImageException e) {
        if (interruption.hasCome()) {
          return interruption.exitCode();
        }
        throw e;
      }
    }
    return 0;
  }

  private static RootImage image(ParseResult arguments, String name) {
    return name.equals("host")
        ? RootImage.host()
        : new RootImage.Stored(name, Options.text(arguments, PLATFORM).orElse(""));
  }

  /// Whoever exports a container has to be there when it ends: no key leaves it then.
  private static Optional<DetachKeys> detachKeys(ParseResult arguments) throws UsageException {
    var asked = Options.text(arguments, DETACH_KEYS);
    var keys = DetachKeys.parse(asked.orElse(DetachKeys.DEFAULT));
    if (Options.text(arguments, EXPORT).isEmpty()) {
      return Optional.of(keys);
    }
    if (asked.isPresent()) {
      throw new UsageException(
          "--detach-keys and --export exclude each other", "the export is made by who is attached");
    }
    return Optional.empty();
  }

  private static Optional<Export> export(Session session, ParseResult arguments, boolean terminal)
      throws UsageException {
    var file = Options.text(arguments, EXPORT);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    if (file.get().equals(STDOUT)) {
      if (terminal || Terminal.isTerminal(session.stdout())) {
        throw new UsageException(
            "refusing to write a tar to a terminal", "name a file, or redirect standard output");
      }
      return Optional.of(Export.toStdout());
    }
    Path path = session.path(file.get());
    return Optional.of(Export.toFile(path));
  }
}
