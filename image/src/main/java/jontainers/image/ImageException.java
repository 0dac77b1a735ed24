package jontainers.image;

import org.jspecify.annotations.Nullable;

/// Tell why a root filesystem cannot be had, kept or exported.
public final class ImageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String hint;

  /// A problem with what was asked for.
  ///
  /// @param hint what to do about it, or empty
  public ImageException(String message, String hint) {
    this(message, hint, null);
  }

  /// A problem that the kernel told.
  public ImageException(String message, String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.hint = hint;
  }

  /// Return what to do about it, or empty.
  public String hint() {
    return hint;
  }
}
