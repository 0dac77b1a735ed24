package jontainers.cli;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import jontainers.engine.EngineException;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers history`: show how an image was made, the latest step first.
final class HistoryCommand implements Command {
  private static final int COMMAND_WIDTH = 45;

  @Override
  public Verb verb() {
    return Verb.HISTORY;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers history [OPTIONS] IMAGE");
    spec.addOption(Options.flag("Do not shorten commands and ids", "--no-trunc"));
    spec.addOption(Options.value("true|false", "Sizes and times for people", "-H", "--human"));
    Listing.describe(spec);
    spec.addPositional(Options.words("IMAGE", "Name or id"));
    return spec;
  }

  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    String name = Options.onlyWord(arguments, verb());
    Rootless.enter(session);
    try (var engine = Registries.engine(session, global)) {
      var images = engine.images();
      boolean human = !Options.text(arguments, "--human").orElse("true").equals("false");
      var rows = rows(images, images.get(name), Options.isSet(arguments, "--no-trunc"), human);
      var columns =
          List.of("ID", human ? "CreatedSince" : "CreatedAt", "CreatedBy", "Size", "Comment");
      Listing.print(session, arguments, columns, "ID", rows);
      return 0;
    }
  }

  private static List<Json.Fields> rows(
      ImageStore images, Image image, boolean whole, boolean human) throws ImageException {
    var rows = new ArrayList<Json.Fields>();
    int layer = 0;
    for (var step : image.config().history()) {
      boolean counts = !step.emptyLayer() && layer < image.diffIds().size();
      long size = counts ? ImageSize.ofLayer(images, image, layer++) : 0;
      var created = ImageFilters.created(step.created());
      String by = step.createdBy() == null ? "" : step.createdBy();
      String comment = step.comment() == null ? "" : step.comment();
      rows.add(
          new Json.Fields()
              .with("Comment", comment)
              .with("CreatedAt", created.toString())
              .with("CreatedBy", whole ? by : VisibleText.cut(by, COMMAND_WIDTH))
              .with("CreatedSince", Units.age(Duration.between(created, Instant.now())) + " ago")
              .with("ID", "<missing>")
              .with("Size", human ? Units.size(size) : String.valueOf(size)));
    }
    Collections.reverse(rows);
    if (!rows.isEmpty()) {
      rows.getFirst().put("ID", whole ? image.id().toString() : image.shortId());
    }
    return rows;
  }
}
