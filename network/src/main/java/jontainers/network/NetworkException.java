package jontainers.network;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Tell which deed on a network was not done and why.
public final class NetworkException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;
  private final String hint;

  /// What kind of failure it is, for HTTP statuses and exit codes.
  public enum Reason {
    /// The request cannot be meant.
    INVALID,
    /// Something else has what is asked for.
    CONFLICT,
    /// There is no such network.
    NOT_FOUND,
    /// The kernel lacks a feature.
    UNSUPPORTED,
    /// The kernel or the disk refused.
    SYSTEM
  }

  NetworkException(Reason reason, String message) {
    this(reason, message, "", null);
  }

  NetworkException(Reason reason, String message, String hint) {
    this(reason, message, hint, null);
  }

  NetworkException(Reason reason, String message, String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.hint = hint;
  }

  public Reason reason() {
    return reason;
  }

  /// Return what to check or to do, to be printed on a line of its own.
  public Optional<String> hint() {
    return hint.isEmpty() ? Optional.empty() : Optional.of(hint);
  }
}
