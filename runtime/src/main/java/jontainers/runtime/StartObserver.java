package jontainers.runtime;

import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.Sequence;
import jontainers.runtime.step.Step;

/// See a container being made, call by call and as it happens.
public interface StartObserver {
  /// See a step begin.
  void step(Step step);

  /// See a call of the step, with its result or negated errno.
  void call(Call call, long result);

  /// Return what is done for a step: its own calls, unless a test wants to see one of them fail.
  ///
  /// Asked for each step before the first is done. The clone is a sequence of one call.
  default Sequence calls(Step step, Sequence own) {
    return own;
  }
}
