package jontainers.runtime;

import jontainers.oci.Rlimit;
import jontainers.runtime.step.ProcessStep;

/// Resource limits by name: getrlimit(2).
final class Limits {
  private Limits() {}

  /// Turn a limit of a specification into its step.
  static ProcessStep.SetRlimit step(Rlimit limit) throws StartException {
    try {
      var resource = jontainers.linux.Rlimit.valueOf(limit.type());
      return new ProcessStep.SetRlimit(resource.number(), limit.type(), limit.soft(), limit.hard());
    } catch (IllegalArgumentException e) {
      throw new StartException("unknown resource limit: " + limit.type(), "");
    }
  }
}
