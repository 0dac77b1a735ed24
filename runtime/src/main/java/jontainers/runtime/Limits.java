package jontainers.runtime;

import java.util.ArrayList;
import java.util.List;
import jontainers.oci.Rlimit;
import jontainers.runtime.step.ProcessStep;

/// Resource limits by name: getrlimit(2).
final class Limits {
  /// The runtime's own descriptors have numbers below this one.
  private static final long OWN_DESCRIPTORS = 1024;

  private Limits() {}

  /// Turn limits into those that hold from the set-up on: a limit of open files leaves room for the
  /// runtime's own, and is made what it shall be by [#late].
  static List<ProcessStep.SetRlimit> early(List<Rlimit> limits) throws StartException {
    var early = new ArrayList<ProcessStep.SetRlimit>();
    for (var limit : limits) {
      var step = step(limit);
      early.add(isLate(limit) ? atLeast(step, OWN_DESCRIPTORS) : step);
    }
    return early;
  }

  /// Return the limits that hold only when nothing more is opened; they lower what [#early] has
  /// set, which everybody may.
  static List<ProcessStep.SetRlimit> late(List<Rlimit> limits) throws StartException {
    var late = new ArrayList<ProcessStep.SetRlimit>();
    for (var limit : limits) {
      if (isLate(limit)) {
        late.add(step(limit));
      }
    }
    return late;
  }

  private static boolean isLate(Rlimit limit) {
    return limit.type().equals("RLIMIT_NOFILE")
        && Long.compareUnsigned(limit.soft(), OWN_DESCRIPTORS) < 0;
  }

  private static ProcessStep.SetRlimit atLeast(ProcessStep.SetRlimit limit, long least) {
    return new ProcessStep.SetRlimit(
        limit.resource(), limit.name(), least, Math.max(limit.hard(), least));
  }

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
