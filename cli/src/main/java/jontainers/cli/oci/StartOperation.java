package jontainers.cli.oci;

import java.io.IOException;

/// `start`: let a container's program begin.
final class StartOperation {
  private StartOperation() {}

  static int run(Context context, Flags flags) throws IOException {
    context.container(flags).start(context.log()::warning);
    return 0;
  }
}
