package jontainers.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import jontainers.linux.RawText;
import jontainers.linux.Signal;
import jontainers.oci.ImageConfig;
import org.jspecify.annotations.Nullable;

/// Fill in what an image says and a request does not, as Docker merges the two.
final class ImageDefaults {
  private ImageDefaults() {}

  /// A request that says everything.
  ///
  /// @param spec the whole command, absolute directories, a signal
  /// @param config the same as an image would say it: what `commit` writes down
  /// @param volumes directories that are to be volumes of the container's own
  record Merged(ContainerSpec spec, ImageConfig.Config config, Set<String> volumes) {}

  /// Merge; a pure function.
  static Merged merge(ContainerSpec spec, ImageConfig.Config image) throws EngineException {
    var said = spec.entrypoint().orElse(image.entrypoint());
    // One empty word takes an entrypoint away, as Docker's mergeAndVerifyConfig has it.
    var entrypoint = said.equals(List.of("")) ? List.<String>of() : said;
    // An image's command is meant for its own entrypoint.
    var command =
        spec.command().isEmpty() && spec.entrypoint().isEmpty() ? image.cmd() : spec.command();
    var whole = new ArrayList<>(entrypoint);
    whole.addAll(command);
    var environment = environment(image.env(), spec.environment());
    var variables = environment.stream().filter(variable -> variable.indexOf('=') > 0).toList();
    String directory = directory(spec.workingDirectory(), text(image.workingDir()));
    String user = spec.user().isEmpty() ? text(image.user()) : spec.user();
    var labels = new LinkedHashMap<>(image.labels());
    labels.putAll(spec.labels());
    var stop = stop(spec.stop(), image);
    var merged =
        spec.draft()
            .command(whole)
            .environment(environment)
            .workingDirectory(directory)
            .user(user)
            .labels(labels)
            .stop(stop)
            .build();
    return new Merged(
        merged,
        new ImageConfig.Config(
            user.isEmpty() ? null : user,
            image.exposedPorts(),
            variables,
            entrypoint,
            command,
            image.healthcheck(),
            image.volumes(),
            directory.equals("/") && text(image.workingDir()).isEmpty() ? null : directory,
            new TreeMap<>(labels),
            spec.stop().signal() == ContainerSpec.StopRequest.UNSET
                ? image.stopSignal()
                : String.valueOf(stop.signal()),
            image.stopTimeout(),
            image.argsEscaped(),
            image.onBuild(),
            image.shell()),
        volumes(spec, image));
  }

  /// The image's variables first; of several with one name the last counts. What is no variable of
  /// the image is left out: nobody could have meant it. A name alone stays: it takes away what is
  /// there by default, too.
  private static List<String> environment(List<String> image, List<String> spec) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String variable : image) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        variables.put(variable.substring(0, equals), variable);
      }
    }
    for (String variable : spec) {
      variables.put(variable.split("=", 2)[0], variable);
    }
    return List.copyOf(variables.values());
  }

  private static String directory(String spec, String image) {
    if (!spec.isEmpty()) {
      return spec;
    }
    return image.isEmpty() ? "/" : RawText.of(RawText.path("/" + image).normalize());
  }

  private static ContainerSpec.StopRequest stop(
      ContainerSpec.StopRequest spec, ImageConfig.Config image) throws EngineException {
    var standard = ContainerSpec.StopRequest.standard();
    int signal = spec.signal();
    if (signal == ContainerSpec.StopRequest.UNSET) {
      String name = text(image.stopSignal());
      try {
        signal = name.isEmpty() ? standard.signal() : Signal.parse(name);
      } catch (IllegalArgumentException e) {
        throw new EngineException(
            EngineException.Category.INVALID,
            "the image's stop signal is not known: " + name,
            "give another with --stop-signal");
      }
    }
    int timeout = spec.timeoutSeconds();
    if (timeout == ContainerSpec.StopRequest.UNSET) {
      timeout = Optional.ofNullable(image.stopTimeout()).orElse(standard.timeoutSeconds());
    }
    return new ContainerSpec.StopRequest(signal, timeout);
  }

  /// Those that nothing is mounted on anyway.
  private static Set<String> volumes(ContainerSpec spec, ImageConfig.Config image)
      throws EngineException {
    var volumes = new LinkedHashSet<String>();
    for (String volume : image.volumes()) {
      var path = RawText.path("/" + volume.replace("\0", "")).normalize();
      if (path.getNameCount() == 0) {
        throw new EngineException(
            EngineException.Category.INVALID, "the image has a volume at its root: " + volume);
      }
      boolean mounted =
          spec.mounts().stream().anyMatch(m -> RawText.path(m.target()).normalize().equals(path));
      if (!mounted) {
        volumes.add(RawText.of(path));
      }
    }
    return volumes;
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }
}
