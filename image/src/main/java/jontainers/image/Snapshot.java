package jontainers.image;

import java.nio.file.Path;

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
}
