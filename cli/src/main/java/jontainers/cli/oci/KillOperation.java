package jontainers.cli.oci;

import java.io.IOException;
import jontainers.linux.Signal;

/// `kill`: send a signal to a container's first process, or to all.
final class KillOperation {
  private KillOperation() {}

  static int run(Context context, Flags flags) throws IOException, FlagException {
    String word = flags.rest().size() > 1 ? flags.rest().get(1) : "SIGTERM";
    int signal;
    try {
      signal = word.equals("0") ? 0 : Signal.parse(word); // 0 asks whether it runs: kill(2)
    } catch (IllegalArgumentException e) {
      throw new FlagException("unknown signal \"" + word + "\"");
    }
    var container = context.container(flags);
    if (flags.has("all")) {
      container.killAll(signal);
    } else {
      container.kill(signal);
    }
    return 0;
  }
}
