package jontainers.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import jontainers.engine.EngineException;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.NewFile;
import jontainers.image.archive.ArchiveSave;
import jontainers.image.registry.PlatformMatch;
import jontainers.linux.Terminal;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers save`: save images with their names as an archive or a directory.
final class SaveCommand implements Command {
  private static final String OUTPUT = "--output";
  private static final String FORMAT = "--format";
  private static final String PLATFORM = "--platform";
  private static final int BUFFER = 1 << 16;

  @Override
  public Verb verb() {
    return Verb.SAVE;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers save [OPTIONS] IMAGE [IMAGE…]");
    spec.addOption(
        Options.value("FILE|DIR", "Write this instead of standard output", "-o", OUTPUT));
    spec.addOption(
        Options.value(
            "FORM", "docker-archive (OCI's tools read it, too), oci-archive or oci-dir", FORMAT));
    spec.addOption(Options.value("OS/ARCH", "The image of this platform alone", PLATFORM));
    spec.addPositional(Options.words("IMAGE", "Names or ids"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    var words = Options.words(arguments);
    if (words.isEmpty()) {
      throw new UsageException("\"save\" requires at least 1 argument", "jontainers save --help");
    }
    String form = Options.text(arguments, FORMAT).orElse("docker-archive").toLowerCase(Locale.ROOT);
    var kind =
        switch (form) {
          case "docker-archive", "docker-dir" -> ArchiveSave.Form.DOCKER;
          case "oci-archive", "oci-dir" -> ArchiveSave.Form.OCI;
          default ->
              throw new UsageException(
                  "unknown format: " + form,
                  "known are docker-archive, oci-archive, docker-dir and oci-dir");
        };
    var output = Options.text(arguments, OUTPUT).filter(o -> !o.equals("-")).map(session::path);
    if (output.isEmpty() && (form.endsWith("-dir") || Terminal.isTerminal(session.stdout()))) {
      throw new UsageException(
          form.endsWith("-dir")
              ? "a directory needs a name"
              : "cowardly refusing to save to a terminal",
          "use the option --output, or redirect");
    }
    Rootless.enter(session);
    try (var engine = Registries.engine(session, global)) {
      var images = engine.images();
      var saved = saved(images, words, Options.text(arguments, PLATFORM).orElse(""));
      if (output.isEmpty()) {
        var out = new BufferedOutputStream(new LentOutput(session.stdout()), BUFFER);
        images.save(saved, kind, out);
        out.flush();
      } else if (form.endsWith("-dir")) {
        images.save(saved, kind, output.get());
      } else {
        var _ =
            NewFile.write(
                "save to",
                output.get(),
                NewFile.Notice.NONE,
                file -> {
                  var out = new BufferedOutputStream(new LentOutput(file), BUFFER);
                  images.save(saved, kind, out);
                  out.flush();
                  return saved.size();
                });
      }
      return 0;
    }
  }

  private static List<ImageStore.Saved> saved(
      ImageStore images, List<String> words, String platform) throws ImageException {
    var match = platform.isEmpty() ? PlatformMatch.host() : PlatformMatch.parse(platform);
    var saved = new ArrayList<ImageStore.Saved>();
    for (String word : words) {
      for (var one : named(images, word, match)) {
        var image = one.image();
        saved.add(
            platform.isEmpty()
                ? one
                : new ImageStore.Saved(
                    image,
                    one.names().stream()
                        .map(n -> new Image.Name(n.reference(), image.manifest()))
                        .toList()));
      }
    }
    return saved;
  }

  /// A repository stands for all its tags, an id for an image without a name.
  private static List<ImageStore.Saved> named(ImageStore images, String word, PlatformMatch match)
      throws ImageException {
    if (word.startsWith("sha256:") || word.matches("[a-f0-9]{64}")) {
      return List.of(new ImageStore.Saved(images.get(word, match), List.of()));
    }
    var reference = images.reference(word);
    boolean all = word.indexOf('@') < 0 && word.lastIndexOf(':') <= word.lastIndexOf('/');
    var saved = new ArrayList<ImageStore.Saved>();
    for (var other : images.list()) {
      for (var name : other.names()) {
        var its = name.reference();
        boolean meant =
            its.isPresent()
                && (all
                    ? its.get().repository().equals(reference.repository())
                    : its.get().equals(reference));
        if (meant) {
          String key = its.get().toString();
          saved.add(new ImageStore.Saved(images.get(key, match), List.of(name)));
        }
      }
    }
    return saved.isEmpty()
        ? List.of(new ImageStore.Saved(images.get(word, match), List.of()))
        : saved;
  }
}
