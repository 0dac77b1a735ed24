package jontainers.cli;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jontainers.engine.ContainerState;
import jontainers.engine.ContainerStatus;
import jontainers.engine.Engine;
import jontainers.engine.EngineException;
import jontainers.image.Image;
import jontainers.image.ImageException;
import jontainers.image.ImageStore;
import jontainers.image.registry.PlatformMatch;
import jontainers.oci.ImageConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `jontainers inspect`: all that is known of containers and images, in Docker's JSON.
final class InspectCommand implements Command {
  private static final String FORMAT = "--format";
  private static final String TYPE = "--type";

  @Override
  public Verb verb() {
    return Verb.INSPECT;
  }

  @Override
  public CommandSpec spec() {
    var spec = Options.command(verb());
    spec.usageMessage().customSynopsis("jontainers inspect [OPTIONS] NAME [NAME…]");
    spec.addOption(Options.value("FORMAT", "json, or a template such as '{{.Id}}'", "-f", FORMAT));
    spec.addOption(Options.value("container|image", "Look for nothing else", TYPE));
    spec.addPositional(Options.words("NAME", "Names or ids of containers or images"));
    return spec;
  }

  /// Show what is found, whatever else is not.
  @Override
  public int run(Session session, Global global, ParseResult arguments)
      throws EngineException, ImageException, UsageException, IOException {
    var names = Options.words(arguments);
    if (names.isEmpty()) {
      throw new UsageException(
          "\"inspect\" requires at least 1 argument", "jontainers inspect --help");
    }
    String type = Options.text(arguments, TYPE).orElse("");
    if (!List.of("", "container", "image").contains(type)) {
      throw new UsageException("\"" + type + "\" is not a valid value for --type", "");
    }
    Rootless.enter(session);
    var found = new ArrayList<Json.Fields>();
    var missing = new ArrayList<String>();
    try (var engine = Registries.engine(session, global)) {
      for (String name : names) {
        var one = find(engine, name, type);
        one.ifPresent(found::add);
        if (one.isEmpty()) {
          missing.add(name);
        }
      }
    }
    String format = Options.text(arguments, FORMAT).orElse("");
    if (format.isEmpty()) {
      session.out().println(Json.pretty(found));
    } else if (format.equals("json")) {
      session.out().println(Json.line(found));
    } else {
      var template = Template.parse(format);
      for (var one : found) {
        session.out().println(template.render(one));
      }
    }
    missing.forEach(name ->
        session
            .err()
            .println(
                "jontainers: no such "
                    + (type.isEmpty() ? "object" : type)
                    + ": "
                    + VisibleText.line(name)));
    return missing.isEmpty() ? 0 : 1;
  }

  private static Optional<Json.Fields> find(Engine engine, String name, String type)
      throws EngineException, ImageException {
    if (!type.equals("image")) {
      var container = engine.find(name);
      if (container.isPresent()) {
        var state = container.get();
        return Optional.of(container(state, engine.damage(state.id())));
      }
    }
    if (type.equals("container")) {
      return Optional.empty();
    }
    var images = engine.images();
    var image = images.find(name, PlatformMatch.host());
    return image.isPresent() ? Optional.of(image(images, image.get())) : Optional.empty();
  }

  static Json.Fields image(ImageStore images, Image image) throws ImageException {
    var config = image.config();
    return new Json.Fields()
        .with("Id", image.id().toString())
        .with("RepoTags", image.tags())
        .with("RepoDigests", image.digests())
        .with("Parent", "")
        .with("Comment", comment(config))
        .with("Created", config.created() == null ? "" : config.created())
        .with("Author", text(config.author()))
        .with("Config", config(config.config()))
        .with("Architecture", config.architecture())
        .with("Variant", text(config.variant()))
        .with("Os", config.os())
        .with("OsVersion", text(config.osVersion()))
        .with("Size", ImageSize.of(images, image))
        .with(
            "RootFS",
            new Json.Fields().with("Type", "layers").with("Layers", config.rootfs().diffIds()))
        .with(
            "Descriptor",
            new Json.Fields()
                .with("mediaType", image.manifest().mediaType())
                .with("digest", image.manifest().digest().toString())
                .with("size", image.manifest().size()));
  }

  private static String comment(ImageConfig config) {
    return config.history().isEmpty() ? "" : text(config.history().getLast().comment());
  }

  private static Json.Fields config(ImageConfig.Config config) {
    var fields =
        new Json.Fields()
            .with("User", text(config.user()))
            .with("ExposedPorts", set(config.exposedPorts()))
            .with("Env", config.env())
            .with("Entrypoint", orNull(config.entrypoint()))
            .with("Cmd", orNull(config.cmd()))
            .with("Volumes", set(config.volumes()))
            .with("WorkingDir", text(config.workingDir()))
            .with("Labels", config.labels().isEmpty() ? null : config.labels())
            .with("OnBuild", orNull(config.onBuild()))
            .with("StopSignal", text(config.stopSignal()))
            .with("Shell", orNull(config.shell()));
    var health = config.healthcheck();
    if (health != null) {
      fields.with(
          "Healthcheck",
          new Json.Fields()
              .with("Test", health.test())
              .with("Interval", health.interval())
              .with("Timeout", health.timeout())
              .with("StartPeriod", health.startPeriod())
              .with("Retries", (long) health.retries()));
    }
    return fields;
  }

  /// @param damage why its record cannot be read
  private static Json.Fields container(ContainerState state, Optional<String> damage) {
    boolean runs = state.status() == ContainerStatus.RUNNING;
    var command = state.command();
    return new Json.Fields()
        .with("Id", state.id())
        .with("Created", Instant.ofEpochSecond(state.created()).toString())
        .with("Path", command.isEmpty() ? "" : command.getFirst())
        .with("Args", command.isEmpty() ? List.of() : command.subList(1, command.size()))
        .with(
            "State",
            new Json.Fields()
                .with("Status", state.status().name().toLowerCase(java.util.Locale.ROOT))
                .with("Running", runs)
                .with("Pid", (long) state.pid())
                .with("ExitCode", (long) state.exitCode())
                .with("Error", damage.orElse("")))
        .with("Image", text(state.imageId()))
        .with("Name", "/" + state.name())
        .with(
            "Config",
            config(state.config() == null ? ImageConfig.Config.NONE : state.config())
                .with("Image", state.image())
                .with("Labels", state.labels()));
  }

  private static @Nullable List<String> orNull(List<String> list) {
    return list.isEmpty() ? null : list;
  }

  private static @Nullable Map<String, Object> set(java.util.Set<String> names) {
    if (names.isEmpty()) {
      return null;
    }
    var map = new TreeMap<String, Object>();
    names.forEach(name -> map.put(name, Map.of()));
    return map;
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }
}
