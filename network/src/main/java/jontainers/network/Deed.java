package jontainers.network;

import java.io.IOException;
import jontainers.linux.SyscallException;

/// Do something of which a failure is told as "cannot …".
final class Deed {
  private Deed() {}

  /// What may fail.
  interface Work<T> {
    T run() throws IOException, NetworkException;
  }

  /// What may fail and returns nothing.
  interface Act {
    void run() throws IOException, NetworkException;
  }

  /// @param deed the words behind "cannot"
  static <T> T named(String deed, Work<T> work) throws NetworkException {
    try {
      return work.run();
    } catch (SyscallException e) {
      throw KernelFeature.explain(deed, e);
    } catch (IOException e) {
      throw new NetworkException(
          NetworkException.Reason.SYSTEM, "cannot " + deed + ": " + e, "", e);
    }
  }

  static void named(String deed, Act act) throws NetworkException {
    boolean _ =
        named(
            deed,
            () -> {
              act.run();
              return true;
            });
  }
}
