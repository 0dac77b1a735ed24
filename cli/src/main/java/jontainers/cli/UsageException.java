package jontainers.cli;

/// Tell what is wrong with a command line.
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String hint;

  UsageException(String message, String hint) {
    super(message);
    this.hint = hint;
  }

  String hint() {
    return hint;
  }
}
