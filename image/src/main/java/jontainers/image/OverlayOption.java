package jontainers.image;

/// Options of an overlay (Documentation/filesystems/overlayfs.rst of the kernel).
public enum OverlayOption {
  /// Never wait for the disk: for a container that does not outlive its run. Since Linux 5.10.
  VOLATILE("volatile"),
  /// Keep the overlay's marks in `user.*` attributes, as a user namespace has to. Since Linux 5.11.
  USERXATTR("userxattr");

  private final String option;

  OverlayOption(String option) {
    this.option = option;
  }

  String option() {
    return option;
  }
}
