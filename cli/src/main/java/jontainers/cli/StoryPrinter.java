package jontainers.cli;

import java.io.PrintStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jontainers.linux.proxy.Call;
import jontainers.runtime.StartObserver;
import jontainers.runtime.step.Explanation;
import jontainers.runtime.step.Step;

/// Tell how a container is made, step by step: why, what the process sees before and after, and the
/// calls that do it. A reason that was given once is not given again.
final class StoryPrinter implements StartObserver {
  private static final int WIDTH = 88;

  private final PrintStream out;
  private final Set<Explanation> told = new HashSet<>();
  private int number;

  StoryPrinter(PrintStream out) {
    this.out = out;
  }

  /// Tell of steps that are not made.
  void tell(List<Step> steps) {
    for (var step : steps) {
      step(step);
      step.calls().calls().forEach(call -> out.println(VisibleText.line("     " + call)));
    }
  }

  @Override
  public void step(Step step) {
    number++;
    out.println();
    out.println(
        VisibleText.line(
            "%3d. %s  [%s]".formatted(number, capital(step.summary()), Explanation.name(step))));
    var explanation = Explanation.of(step);
    if (told.add(explanation)) {
      wrapped(explanation.why());
      if (!explanation.before().isEmpty()) {
        out.println("     before: it " + explanation.before());
      }
      if (!explanation.after().isEmpty()) {
        out.println("     after:  it " + explanation.after());
      }
    }
  }

  @Override
  public void call(Call call, long result) {
    out.println(VisibleText.line("     " + call.trace(result)));
  }

  private void wrapped(String text) {
    var line = new StringBuilder("    ");
    for (String word : text.split(" ")) {
      if (line.length() + word.length() >= WIDTH) {
        out.println(line);
        line = new StringBuilder("    ");
      }
      line.append(' ').append(word);
    }
    out.println(line);
  }

  private static String capital(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
