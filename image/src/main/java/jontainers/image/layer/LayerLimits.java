package jontainers.image.layer;

/// How much a layer may take when it is unpacked, whatever it says.
///
/// @param bytes of all files together, holes included, with extended attributes and where links
///   lead
/// @param entries of the archive, with the directories that it implies
public record LayerLimits(long bytes, long entries) {
  /// 64 GiB and four million entries.
  public static final LayerLimits STANDARD = new LayerLimits(64L << 30, 4_000_000);

  /// A header, what fills a block, and the records of an ordinary entry.
  private static final long ENTRY = 4096;

  /// Return the most bytes of an archive within these limits: headers that describe nothing count.
  public long archive() {
    return bytes > Long.MAX_VALUE / 2 || entries > Long.MAX_VALUE / (2 * ENTRY)
        ? Long.MAX_VALUE
        : bytes + (entries + 1) * ENTRY;
  }
}
