package jontainers.cli;

import java.io.PrintStream;
import jontainers.linux.proxy.Call;
import jontainers.runtime.StartObserver;
import jontainers.runtime.step.Step;

/// Print each step as a comment, and its system calls as strace(1) would.
final class TracePrinter implements StartObserver {
  private final PrintStream out;

  TracePrinter(PrintStream out) {
    this.out = out;
  }

  @Override
  public void step(Step step) {
    out.println(VisibleText.line("# " + step.summary()));
  }

  @Override
  public void call(Call call, long result) {
    out.println(VisibleText.line(call.trace(result)));
  }
}
