package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What `manifest.json` in an archive of `docker save` says: its images, in Docker's form (image
/// specification 1.2 of moby, "Combined Image JSON + Filesystem Changeset Format").
public record DockerArchive(List<Item> images) {
  public DockerArchive {
    images = List.copyOf(images);
  }

  /// An image.
  ///
  /// @param config where in the archive its configuration is
  /// @param repoTags its names, none where it has none
  /// @param layers where in the archive its layers are, lowest first
  @Json
  public record Item(
      @Json.Property("Config") @Nullable String config,
      @Json.Property("RepoTags") List<String> repoTags,
      @Json.Property("Layers") List<String> layers) {
    public Item {
      repoTags = Fields.list(repoTags);
      layers = Fields.list(layers);
    }

    /// Return where its configuration is.
    ///
    /// @throws OciFormatException where it says none
    public String configPath() {
      return Fields.required(config, "manifest.json: Config");
    }
  }

  /// Read a `manifest.json`.
  ///
  /// @throws OciFormatException where it is not JSON or not such a document
  public static DockerArchive parse(byte[] json) {
    return new DockerArchive(Documents.parseList(Item.class, json, "manifest.json"));
  }

  /// Write it.
  public String toJson() {
    return Documents.json(images);
  }
}
