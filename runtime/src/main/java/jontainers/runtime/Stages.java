package jontainers.runtime;

import java.util.ArrayList;
import java.util.List;
import jontainers.runtime.step.LifecycleStep;
import jontainers.runtime.step.Step;

/// A list of steps, divided where the process stands still.
///
/// @param parts the steps between two pauses, one more than there are pauses
/// @param pauses why the process stands still after each but the last part
record Stages(List<List<Step>> parts, List<LifecycleStep.Pause.Reason> pauses) {

  static Stages of(List<Step> steps) {
    var parts = new ArrayList<List<Step>>();
    var pauses = new ArrayList<LifecycleStep.Pause.Reason>();
    var part = new ArrayList<Step>();
    for (var step : steps) {
      if (step instanceof LifecycleStep.Pause pause) {
        parts.add(List.copyOf(part));
        pauses.add(pause.why());
        part.clear();
      } else {
        part.add(step);
      }
    }
    parts.add(List.copyOf(part));
    return new Stages(List.copyOf(parts), List.copyOf(pauses));
  }
}
