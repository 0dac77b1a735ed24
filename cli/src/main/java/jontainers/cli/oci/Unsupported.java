package jontainers.cli.oci;

/// What needs a program that this runtime does not call.
final class Unsupported {
  private Unsupported() {}

  static int run(Context context, Flags flags) {
    context
        .log()
        .error("checkpoint and restore are unsupported: they need CRIU, which is not called yet");
    return 1;
  }
}
