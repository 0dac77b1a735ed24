package jontainers.image.layer;

/// How much a layer may take when it is unpacked, whatever it says.
///
/// @param bytes of all files together, holes included
/// @param entries of the archive
public record LayerLimits(long bytes, long entries) {
  /// 64 GiB and four million entries.
  public static final LayerLimits STANDARD = new LayerLimits(64L << 30, 4_000_000);
}
