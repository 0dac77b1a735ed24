package jontainers.image.layer;

import java.util.List;
import jontainers.oci.Digest;

/// What was unpacked.
///
/// @param diffId of the archive as it was read
/// @param size of all files together
/// @param warnings one for each thing that was left out, up to a hundred of them
public record UnpackSummary(Digest diffId, long size, long entries, List<String> warnings) {
  static final int MAX_WARNINGS = 100;

  public UnpackSummary {
    warnings = List.copyOf(warnings);
  }
}
