package jontainers.image;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import jontainers.linux.RawText;
import jontainers.oci.Mount;

/// A container's own view of a root filesystem, which is never changed itself.
///
/// @param directory holds `upper`, `work` and `merged`; only root looks into it
/// @param mount what is mounted at [#merged]
/// @param layersRoot holds all layers below, where they are an image's; else there is one
public record Snapshot(Path directory, OverlayMount mount, Optional<Path> layersRoot) {
  static final String UPPER = "upper";
  static final String WORK = "work";
  static final String MERGED = "merged";

  /// What an image without layers has below.
  static final String EMPTY = "empty";

  /// A snapshot of one directory.
  public Snapshot(Path directory, OverlayMount mount) {
    this(directory, mount, Optional.empty());
  }

  /// Return where the root filesystem is mounted.
  public Path merged() {
    return directory.resolve(MERGED);
  }

  /// Return the mounts that show the root filesystem.
  public List<Mount> mounts() {
    return List.of(mount.at(merged()));
  }

  /// Return the mounts that show the root filesystem to a user namespace, its ids being those of
  /// the files: the snapshot and what is below it idmapped, and the overlay of the two. Nothing is
  /// chowned, and the changes lie on the disk as they would without a user namespace.
  ///
  /// The layers of an image are all below one directory, which is mounted over itself: so one mount
  /// is enough for them. An overlay of idmapped layers needs Linux 5.19; that they are mounted
  /// somewhere is what kernels before 6.15 ask for.
  public List<Mount> mappedMounts() {
    var snapshot = bind(directory, directory);
    if (layersRoot.isPresent()) {
      var layers = layersRoot.get();
      boolean within = mount.lower().stream().anyMatch(layer -> layer.startsWith(layers));
      return within
          ? List.of(snapshot, bind(layers, layers), mount.at(merged()))
          : List.of(snapshot, mount.at(merged()));
    }
    var layer = new OverlayMount(List.of(merged()), mount.upper(), mount.work(), mount.options());
    return List.of(snapshot, bind(mount.lower().getFirst(), merged()), layer.at(merged()));
  }

  private static Mount bind(Path source, Path target) {
    return new Mount(RawText.of(target), "bind", RawText.of(source), List.of("bind", "idmap"));
  }
}
