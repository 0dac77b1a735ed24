package jontainers.image;

import java.nio.file.Path;
import java.util.List;
import jontainers.oci.Mount;

/// A container's own view of a root filesystem, which is never changed itself.
///
/// @param directory holds `upper`, `work` and `merged`; only root looks into it
/// @param mount what is mounted at [#merged]
public record Snapshot(Path directory, OverlayMount mount) {
  static final String UPPER = "upper";
  static final String WORK = "work";
  static final String MERGED = "merged";

  /// Return where the root filesystem is mounted.
  public Path merged() {
    return directory.resolve(MERGED);
  }

  /// Return the mounts that show the root filesystem.
  public List<Mount> mounts() {
    return List.of(mount.at(merged()));
  }

  /// Return the mounts that show the root filesystem to a user namespace, its ids being those of
  /// the files: the snapshot and the layer below it idmapped, and the overlay of the two. Nothing
  /// is chowned, and the changes lie on the disk as they would without a user namespace.
  ///
  /// An overlay of idmapped layers needs Linux 5.19; that they are mounted somewhere is what
  /// kernels before 6.15 ask for.
  public List<Mount> mappedMounts() {
    var below = mount.lower().getFirst().toString();
    var layer = new OverlayMount(List.of(merged()), mount.upper(), mount.work(), mount.options());
    return List.of(
        bind(directory.toString(), directory), bind(below, merged()), layer.at(merged()));
  }

  private static Mount bind(String source, Path target) {
    return new Mount(target.toString(), "bind", source, List.of("bind", "idmap"));
  }
}
