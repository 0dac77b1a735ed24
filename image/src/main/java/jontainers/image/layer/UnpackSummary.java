package jontainers.image.layer;

import java.util.List;
import java.util.Set;
import jontainers.oci.Digest;

/// What was unpacked.
///
/// @param diffId of the archive as it was read
/// @param size of all files together
/// @param warnings one for each thing that was left out, up to a hundred of them
/// @param unsaid directories that no entry told of, their names' bytes as ISO 8859-1; empty for the
///   root
public record UnpackSummary(
    Digest diffId, long size, long entries, List<String> warnings, Set<String> unsaid) {
  static final int MAX_WARNINGS = 100;

  public UnpackSummary {
    warnings = List.copyOf(warnings);
    unsaid = Set.copyOf(unsaid);
  }
}
