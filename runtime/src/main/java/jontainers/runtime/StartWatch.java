package jontainers.runtime;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.Pidfd;
import jontainers.linux.Syscall;
import jontainers.linux.SyscallException;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.CallObserver;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;
import org.jspecify.annotations.Nullable;

/// Follow the calls of a start: show them by step, and find the reason of a failure while the child
/// is still there to be looked at.
final class StartWatch implements CallObserver {
  private final Optional<StartObserver> observer;
  private final IdentityHashMap<Call, Step> steps = new IdentityHashMap<>();
  private final List<ProgramDiagnosis.Attempt> attempts = new ArrayList<>();
  private @Nullable Step current;
  private @Nullable StartException diagnosis;

  StartWatch(Optional<StartObserver> observer) {
    this.observer = observer;
  }

  /// Learn which calls belong to a step.
  void expect(Step step, List<Call> calls) {
    calls.forEach(call -> steps.put(call, step));
  }

  @Override
  public void made(Call call, long result) {
    if (result < 0 && (call.syscall() == Syscall.execve || call.syscall() == Syscall.faccessat2)) {
      attempts.add(new ProgramDiagnosis.Attempt(path(call), Errno.of((int) -result)));
    }
    observer.ifPresent(seeing -> {
      var step = steps.get(call);
      if (step != null && !step.equals(current)) {
        current = step;
        seeing.step(step);
      }
      seeing.call(call, result);
    });
  }

  @Override
  public void failed(Call call, SyscallException why, Pidfd child) {
    diagnosis =
        switch (steps.get(call)) {
          case ProcessStep.FindProgram find -> diagnose(find.name(), why, child);
          case ProcessStep.Execute execute -> diagnose(execute.arguments().getFirst(), why, child);
          case ProcessStep.EnterDirectory directory -> FailureHints.directory(directory, why);
          case null, default -> null;
        };
  }

  /// Return the failure as the user is told it.
  StartException explain(SyscallException why) {
    return diagnosis == null ? FailureHints.explain(why) : diagnosis;
  }

  private StartException diagnose(String name, SyscallException why, Pidfd child) {
    return new ProgramDiagnosis(name, List.copyOf(attempts), child.pid()).explain(why);
  }

  private static String path(Call call) {
    int index = call.syscall() == Syscall.execve ? 0 : 1;
    return call.arguments().get(index) instanceof Argument.Text text
        ? new String(text.bytes(), java.nio.charset.StandardCharsets.UTF_8)
        : "";
  }
}
