package jontainers.linux;

import java.io.IOException;

/// Tell that another user may change what is in a directory, or that it is another's.
public final class UntrustedDirectoryException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String hint;

  UntrustedDirectoryException(String message, String hint) {
    super(message);
    this.hint = hint;
  }

  /// Return what to do, to be printed on a line of its own.
  public String hint() {
    return hint;
  }
}
