package jontainers.image.archive;

/// How much an archive of images may take when it is loaded, whatever it says.
///
/// @param bytes of the archive when it is not compressed, and of all its files together
/// @param entries of any kind
/// @param names bytes of all paths and of where links lead, which are kept until the end
public record ArchiveLimits(long bytes, int entries, long names) {
  /// 256 GiB, a hundred thousand entries, 16 MiB of names.
  public static final ArchiveLimits STANDARD = new ArchiveLimits(256L << 30, 100_000, 16 << 20);
}
