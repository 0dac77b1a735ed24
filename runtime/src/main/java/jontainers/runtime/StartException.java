package jontainers.runtime;

import java.io.IOException;
import java.util.Optional;

/// Tell why a container did not start; nothing of it is left.
public final class StartException extends IOException {
  private static final long serialVersionUID = 1L;

  /// Whose fault it was: what Docker's exit codes 125, 126 and 127 distinguish.
  public enum Kind {
    /// The engine, the machine or the specification.
    ENGINE,
    /// The program is there but cannot be executed.
    NOT_EXECUTABLE,
    /// The program is not there.
    NOT_FOUND
  }

  private final Kind kind;
  private final String hint;

  StartException(Kind kind, String message, String hint, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.hint = hint;
  }

  StartException(String message, String hint) {
    super(message);
    this.kind = Kind.ENGINE;
    this.hint = hint;
  }

  public Kind kind() {
    return kind;
  }

  /// Return what to check or to change, where it is known.
  public Optional<String> hint() {
    return hint.isEmpty() ? Optional.empty() : Optional.of(hint);
  }
}
