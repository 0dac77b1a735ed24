package jontainers.runtime;

import jontainers.linux.proxy.Call;
import jontainers.runtime.step.Step;

/// See a container being made, call by call and as it happens.
public interface StartObserver {
  /// See a step begin.
  void step(Step step);

  /// See a call of the step, with its result or negated errno.
  void call(Call call, long result);
}
