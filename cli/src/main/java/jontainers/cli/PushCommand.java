package jontainers.cli;

import jontainers.engine.EngineException;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.name.Reference;
import jontainers.image.registry.RegistryClient;
import jontainers.image.registry.TransferListener;
import jontainers.oci.Descriptor;
import jontainers.oci.MediaTypes;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers push`: give a registry an image.
final class PushCommand implements Command {
  @Override
  public Verb verb() {
    return Verb.PUSH;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers push [OPTIONS] NAME[:TAG]");
    spec.addOption(Options.flag("Show the name alone, at the end", "-q", "--quiet"));
    PullCommand.describeProgress(spec);
    Registries.describe(spec);
    spec.addPositional(Options.words("NAME[:TAG]", "Image"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException {
    var display = PullCommand.display(session, arguments);
    Rootless.enter(session);
    var reference = PullCommand.reference(session, verb(), display, arguments);
    try (var interruption = Interruption.ofThisThread();
        var engine = Registries.engine(session, global);
        var client = Registries.client(session, global, arguments)) {
      try {
        push(client, engine.images(), reference, display);
      } catch (ImageException e) {
        if (interruption.hasCome()) {
          return interruption.exitCode();
        }
        throw e;
      }
    }
    if (Options.isSet(arguments, "--quiet")) {
      session.out().println(reference);
    }
    return 0;
  }

  private static void push(
      RegistryClient client, ImageStore images, Reference reference, TransferDisplay display)
      throws ImageException {
    display.say(
        TransferMessage.of("", "The push refers to repository [" + reference.repository() + "]"));
    var progress = new TransferProgress(display, TransferProgress.Direction.PUSH);
    var last = new LastDocument();
    images.push(
        client,
        reference,
        event -> {
          progress.heard(event);
          last.heard(event);
        });
    var pushed = last.descriptor;
    if (pushed != null) {
      display.say(
          TransferMessage.of(
              reference.selector(), "digest: " + pushed.digest() + " size: " + pushed.size()));
    }
  }

  /// Remembers what the name stands for: it is pushed last.
  private static final class LastDocument implements TransferListener {
    private volatile @org.jspecify.annotations.Nullable Descriptor descriptor;

    @Override
    public void heard(Event event) {
      if (event instanceof Event.Done(var done)
          && (MediaTypes.isManifest(done.mediaType()) || MediaTypes.isIndex(done.mediaType()))) {
        descriptor = done;
      }
    }
  }
}
