/// Root filesystems: the layers below a container, its snapshot, and its export as an archive.
///
/// Requires `linux` for file access, `oci` for mounts and digests as values, and aircompressor for
/// zstd. It decides what is mounted and leaves the mounting to the runtime; only the read-only view
/// for an export it mounts itself, attached nowhere.
@org.jspecify.annotations.NullMarked
module jontainers.image {
  requires static transitive org.jspecify;
  requires transitive jontainers.linux;
  requires transitive jontainers.oci;
  requires aircompressor.v3;

  exports jontainers.image;
  exports jontainers.image.layer;
}
