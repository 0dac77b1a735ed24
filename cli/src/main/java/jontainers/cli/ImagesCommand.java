package jontainers.cli;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import jontainers.engine.EngineException;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.oci.Digest;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers images`: list images, a line for each name.
final class ImagesCommand implements Command {
  private static final String NONE = "<none>";

  @Override
  public Verb verb() {
    return Verb.IMAGES;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers images [OPTIONS] [REPOSITORY[:TAG]]");
    spec.addOption(Options.flag("Show all images (they all are)", "-a", "--all"));
    spec.addOption(Options.flag("Show digests", "--digests"));
    spec.addOption(Options.values("NAME=VALUE", "Show some only", "-f", ImageFilters.OPTION));
    spec.addOption(Options.flag("Do not shorten ids", "--no-trunc"));
    Listing.describe(spec);
    spec.addPositional(Options.words("REPOSITORY", "Show images of this name"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    var words = Options.words(arguments);
    if (words.size() > 1) {
      throw new UsageException("\"images\" takes at most 1 argument", "jontainers images --help");
    }
    Rootless.enter(session);
    try (var engine = Registries.engine(session, global)) {
      var images = engine.images();
      var filter = ImageFilters.parse(Options.list(arguments, ImageFilters.OPTION), images);
      var rows = new ArrayList<Json.Fields>();
      var sorted = new ArrayList<>(images.list());
      sorted.sort(Comparator.comparing((Image image) -> ImageFilters.created(image)).reversed());
      boolean whole = Options.isSet(arguments, "--no-trunc");
      for (var image : sorted) {
        if (filter.test(image)) {
          rows.addAll(rows(images, image, whole, named(words)));
        }
      }
      var columns = new ArrayList<>(List.of("Repository", "Tag", "ID", "CreatedSince", "Size"));
      if (Options.isSet(arguments, "--digests")) {
        columns.add(2, "Digest");
      }
      Listing.print(session, arguments, columns, "ID", rows);
      return 0;
    }
  }

  /// A repository, perhaps with a tag, or a pattern of either.
  private static Predicate<String> named(List<String> words) {
    if (words.isEmpty()) {
      return tag -> true;
    }
    String wanted = words.getFirst();
    return tag -> tag.equals(wanted) || tag.substring(0, tag.lastIndexOf(':')).equals(wanted);
  }

  private static List<Json.Fields> rows(
      ImageStore images, Image image, boolean whole, Predicate<String> named)
      throws ImageException {
    var rows = new ArrayList<Json.Fields>();
    long size = ImageSize.of(images, image);
    for (var name : image.names()) {
      var tag =
          name.reference().filter(r -> r.tag() != null).map(r -> r.withoutDigest().familiar());
      if (tag.isPresent() && named.test(tag.get())) {
        int colon = tag.get().lastIndexOf(':');
        rows.add(
            row(
                image,
                tag.get().substring(0, colon),
                tag.get().substring(colon + 1),
                name.target().digest(),
                size,
                whole));
      } else if (tag.isEmpty() && named.test(NONE + ":" + NONE)) {
        String repository =
            name.reference()
                .map(r -> r.familiar().substring(0, r.familiar().indexOf('@')))
                .orElse(NONE);
        rows.add(row(image, repository, NONE, name.target().digest(), size, whole));
      }
    }
    return rows;
  }

  private static Json.Fields row(
      Image image, String repository, String tag, Digest digest, long size, boolean whole) {
    var created = ImageFilters.created(image);
    return new Json.Fields()
        .with("Containers", "N/A")
        .with("CreatedAt", Listing.time(created))
        .with("CreatedSince", Units.age(Duration.between(created, Instant.now())) + " ago")
        .with("Digest", digest.toString())
        .with("ID", whole ? image.id().toString() : image.shortId())
        .with("Repository", repository)
        .with("SharedSize", "N/A")
        .with("Size", Units.size(size))
        .with("Tag", tag)
        .with("UniqueSize", "N/A");
  }
}
