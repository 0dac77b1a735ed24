/// Images and root filesystems: names, content by digest, registries; layers and how they are
/// unpacked; a container's snapshot, and its export as an archive.
///
/// Requires `linux` for file access, and `oci` for mounts and digests as values. It decides what is
/// mounted and leaves the mounting to the runtime; only the read-only view for an export it mounts
/// itself, attached nowhere.
@org.jspecify.annotations.NullMarked
module jontainers.image {
  requires static transitive org.jspecify;
  requires transitive jontainers.linux;
  requires transitive jontainers.oci;
  requires java.net.http;

  exports jontainers.image;
  exports jontainers.image.archive;
  exports jontainers.image.content;
  exports jontainers.image.layer;
  exports jontainers.image.name;
  exports jontainers.image.registry;
}
