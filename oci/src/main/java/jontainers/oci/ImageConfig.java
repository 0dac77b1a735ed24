package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An image's configuration: how to run it, and of which layers it is made (config.md).
///
/// @param created RFC 3339
/// @param architecture empty where it does not say, which others take as well
/// @param os empty where it does not say
/// @param config how to run it; absent where it says nothing
@Json
public record ImageConfig(
    @Nullable String created,
    @Nullable String author,
    String architecture,
    @Nullable String variant,
    String os,
    @Json.Property("os.version") @Nullable String osVersion,
    @Json.Property("os.features") List<String> osFeatures,
    Config config,
    Rootfs rootfs,
    List<History> history) {
  public ImageConfig {
    architecture = Fields.or(architecture, "");
    os = Fields.or(os, "");
    osFeatures = Fields.list(osFeatures);
    config = Fields.or(config, Config.NONE);
    Fields.required(rootfs, "image.rootfs");
    history = Fields.list(history);
  }

  /// Read an image's configuration.
  ///
  /// @throws OciFormatException where it is not JSON or not such a document
  public static ImageConfig parse(byte[] json) {
    ManifestKind.requireFlat(json);
    return Documents.parse(ImageConfig.class, json, "image configuration");
  }

  /// Return what it runs on.
  public Platform platform() {
    return new Platform(architecture, os, osVersion, osFeatures, variant);
  }

  /// Write it, without what is empty.
  public String toJson() {
    return Documents.json(this);
  }

  /// How a container of the image is run, as Docker writes it.
  ///
  /// @param exposedPorts `80/tcp` and the like
  /// @param volumes paths
  /// @param onBuild instructions for builds upon this image
  /// @param shell for the shell form of instructions
  @Json
  public record Config(
      @Json.Property("User") @Nullable String user,
      @Json.Property("ExposedPorts") @Json.Serializer(NameSet.class) Set<String> exposedPorts,
      @Json.Property("Env") List<String> env,
      @Json.Property("Entrypoint") List<String> entrypoint,
      @Json.Property("Cmd") List<String> cmd,
      @Json.Property("Healthcheck") @Nullable Healthcheck healthcheck,
      @Json.Property("Volumes") @Json.Serializer(NameSet.class) Set<String> volumes,
      @Json.Property("WorkingDir") @Nullable String workingDir,
      @Json.Property("Labels") Map<String, String> labels,
      @Json.Property("StopSignal") @Nullable String stopSignal,
      @Json.Property("StopTimeout") @Nullable Integer stopTimeout,
      @Json.Property("ArgsEscaped") boolean argsEscaped,
      @Json.Property("OnBuild") List<String> onBuild,
      @Json.Property("Shell") List<String> shell) {
    /// A configuration that says nothing.
    public static final Config NONE =
        new Config(
            null, Set.of(), List.of(), List.of(), List.of(), null, Set.of(), null, Map.of(), null,
            null, false, List.of(), List.of());

    public Config {
      exposedPorts = Fields.set(exposedPorts);
      env = Fields.list(env);
      entrypoint = Fields.list(entrypoint);
      cmd = Fields.list(cmd);
      volumes = Fields.set(volumes);
      labels = Fields.map(labels);
      onBuild = Fields.list(onBuild);
      shell = Fields.list(shell);
    }
  }

  /// How to see whether a container is well.
  ///
  /// @param test `NONE`, or `CMD` and arguments, or `CMD-SHELL` and a command; empty to inherit
  /// @param interval nanoseconds, as the other times; 0 to inherit
  @Json
  public record Healthcheck(
      @Json.Property("Test") List<String> test,
      @Json.Property("Interval") long interval,
      @Json.Property("Timeout") long timeout,
      @Json.Property("StartPeriod") long startPeriod,
      @Json.Property("StartInterval") long startInterval,
      @Json.Property("Retries") int retries) {
    public Healthcheck {
      test = Fields.list(test);
    }
  }

  /// The layers, unpacked.
  ///
  /// @param type `layers`
  /// @param diffIds the digest of each layer's plain tar, lowest first
  @Json
  public record Rootfs(String type, @Json.Property("diff_ids") List<String> diffIds) {
    public Rootfs {
      Fields.required(type, "rootfs.type");
      diffIds = Fields.list(diffIds);
      diffIds.forEach(Digest::parse);
    }

    /// Name layers by their digests.
    public static Rootfs of(List<Digest> diffIds) {
      return new Rootfs("layers", diffIds.stream().map(Digest::toString).toList());
    }

    /// Return the digest of each layer's plain tar, lowest first.
    public List<Digest> digests() {
      return diffIds.stream().map(Digest::parse).toList();
    }
  }

  /// A step of the image's build.
  ///
  /// @param emptyLayer whether it made no layer
  @Json
  public record History(
      @Nullable String created,
      @Nullable String author,
      @Json.Property("created_by") @Nullable String createdBy,
      @Nullable String comment,
      @Json.Property("empty_layer") boolean emptyLayer) {}
}
