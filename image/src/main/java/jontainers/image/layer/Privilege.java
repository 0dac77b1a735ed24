package jontainers.image.layer;

/// What this process may do to files, which decides how a layer is kept on the disk.
public enum Privilege {
  /// Files get the owners, attributes and device numbers of the layer; overlays keep their marks in
  /// `trusted.*`.
  ROOT,
  /// Files belong to whoever runs this process; devices and attributes other than `user.*` are left
  /// out. Overlays have to be mounted with `userxattr`.
  ROOTLESS;

  /// The mark of a directory that hides what the layers below have in it
  /// (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories").
  String opaque() {
    return switch (this) {
      case ROOT -> "trusted.overlay.opaque";
      case ROOTLESS -> "user.overlay.opaque";
    };
  }
}
