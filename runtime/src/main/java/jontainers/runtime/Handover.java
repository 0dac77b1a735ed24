package jontainers.runtime;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import jontainers.linux.proxy.Plan;
import jontainers.runtime.step.Descriptors;
import jontainers.runtime.step.ProcessStep;

/// How a process that is made becomes its program, and what it takes along.
///
/// @param start when
/// @param preserved how many descriptors of the caller it is given, from 3 upwards
/// @param listening where it waits for the command that starts it
/// @param program the file that is executed, where that is not what its first argument says
/// @param late limits that would be in the way until nothing more is opened
record Handover(
    Start start,
    int preserved,
    int listening,
    Optional<String> program,
    List<ProcessStep.SetRlimit> late) {
  private static final int FIRST_PRESERVED = 3;

  Handover {
    late = List.copyOf(late);
  }

  /// When the program begins.
  enum Start {
    /// As the last step.
    AT_ONCE,
    /// As the child of an init that is the process itself.
    BELOW_AN_INIT,
    /// When another command says so.
    WHEN_TOLD
  }

  /// Where the control socket is out of the way of the descriptors.
  OptionalInt control() {
    return control(preserved);
  }

  /// Where the control socket is out of the way of so many descriptors.
  static OptionalInt control(int preserved) {
    return preserved > Descriptors.LOWEST_OWN - FIRST_PRESERVED
        ? OptionalInt.of(Plan.PRESERVED + preserved)
        : OptionalInt.empty();
  }

  static Handover of(Start start) {
    return new Handover(start, 0, -1, Optional.empty(), List.of());
  }
}
