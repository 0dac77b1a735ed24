package jontainers.image.layer;

import java.util.List;
import jontainers.oci.Digest;

/// What a layer that was written is named by.
///
/// @param diffId of the tar archive
/// @param digest of what it was compressed to
/// @param size of what it was compressed to
/// @param entries of the archive
/// @param warnings one for each file that was left out or that changed while it was read
public record WrittenLayer(
    Digest diffId, Digest digest, long size, long entries, List<String> warnings) {
  public WrittenLayer {
    warnings = List.copyOf(warnings);
  }
}
