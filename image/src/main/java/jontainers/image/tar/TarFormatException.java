package jontainers.image.tar;

import java.io.IOException;

/// Tell what is wrong with an archive, and where.
public final class TarFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /// @param message lower case, names the entry where it has a name
  public TarFormatException(String message) {
    super(message);
  }
}
