package jontainers.runtime;

import java.util.List;
import jontainers.runtime.step.ProcessStep;

/// How a process that is made becomes its program, and what it takes along.
///
/// @param start when
/// @param preserved how many descriptors of the caller it is given, from 3 upwards
/// @param kept where they are until then
/// @param listening where it waits for the command that starts it
/// @param late limits that would be in the way until nothing more is opened
record Handover(
    Start start, int preserved, int kept, int listening, List<ProcessStep.SetRlimit> late) {
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

  static Handover of(Start start) {
    return new Handover(start, 0, 0, -1, List.of());
  }
}
