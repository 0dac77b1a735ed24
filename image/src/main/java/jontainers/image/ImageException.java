package jontainers.image;

import org.jspecify.annotations.Nullable;

/// Tell why an image or a root filesystem cannot be had, kept or exported.
public final class ImageException extends Exception {
  private static final long serialVersionUID = 1L;

  /// What kind of problem it is, for those who answer in numbers.
  public enum Category {
    /// What was asked for cannot be, or the answer to it is not what it should be.
    INVALID,
    /// There is no such image, blob or reference.
    NOT_FOUND,
    /// Who asks has to log in, or did so with a wrong password.
    UNAUTHORIZED,
    /// Who asks is known and may not.
    FORBIDDEN,
    /// It is something that this engine does not do.
    UNSUPPORTED,
    /// The registry cannot be reached or has too much to do; later it may go.
    UNAVAILABLE,
    /// The host said no: no space, no right.
    INTERNAL
  }

  private final Category category;
  private final String hint;

  /// A problem with what was asked for.
  ///
  /// @param hint what to do about it, or empty
  public ImageException(String message, String hint) {
    this(Category.INVALID, message, hint, null);
  }

  /// A problem that the kernel told.
  public ImageException(String message, String hint, @Nullable Throwable cause) {
    this(cause == null ? Category.INVALID : Category.INTERNAL, message, hint, cause);
  }

  /// A problem of a kind.
  public ImageException(Category category, String message, String hint) {
    this(category, message, hint, null);
  }

  /// A problem of a kind, and what it came from.
  public ImageException(Category category, String message, String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.category = category;
    this.hint = hint;
  }

  /// Return what kind of problem it is.
  public Category category() {
    return category;
  }

  /// Return what to do about it, or empty.
  public String hint() {
    return hint;
  }
}
