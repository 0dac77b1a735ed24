package jontainers.cli.oci;

/// What needs a program that this runtime does not call.
final class Unsupported {
  private Unsupported() {}

  static int run(Context context, Flags flags) throws FlagException {
    throw new FlagException(
        "checkpoint and restore are unsupported: they need CRIU, which is not called yet");
  }
}
