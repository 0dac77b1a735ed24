package jontainers.cli.oci;

/// Tell what is wrong with a command line.
final class FlagException extends Exception {
  private static final long serialVersionUID = 1L;

  FlagException(String message) {
    super(message);
  }
}
