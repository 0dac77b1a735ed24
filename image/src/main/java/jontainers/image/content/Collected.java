package jontainers.image.content;

import java.util.List;
import jontainers.oci.Digest;

/// What a collection deleted.
///
/// @param bytes of the blobs and of partial content
public record Collected(List<Digest> blobs, int partials, long bytes) {
  public Collected {
    blobs = List.copyOf(blobs);
  }
}
