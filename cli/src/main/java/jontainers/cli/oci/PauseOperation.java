package jontainers.cli.oci;

import java.io.IOException;

/// `pause` and `resume`: stop all processes of a container, and let them go on.
final class PauseOperation {
  private PauseOperation() {}

  static int pause(Context context, Flags flags) throws IOException {
    context.container(flags).pause();
    return 0;
  }

  static int resume(Context context, Flags flags) throws IOException {
    context.container(flags).resume();
    return 0;
  }
}
