package jontainers.runtime;

import java.io.IOException;

/// Tell why an operation on a container is refused, in the words that callers of runtimes look for.
public final class OciException extends IOException {
  private static final long serialVersionUID = 1L;

  OciException(String message) {
    super(message);
  }

  OciException(String message, Throwable cause) {
    super(message, cause);
  }

  static OciException absent(String id) {
    return new OciException("container \"" + id + "\" does not exist");
  }
}
