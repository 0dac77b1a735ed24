package jontainers.runtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import jontainers.linux.Errno;
import jontainers.linux.Pidfd;
import jontainers.linux.RawText;
import jontainers.linux.Syscall;
import jontainers.linux.SyscallException;
import jontainers.linux.proxy.Argument;
import jontainers.linux.proxy.Call;
import jontainers.linux.proxy.CallObserver;
import jontainers.linux.proxy.Sequence;
import jontainers.runtime.step.ProcessStep;
import jontainers.runtime.step.Step;
import org.jspecify.annotations.Nullable;

/// Follow the calls of a start: show them by step, and find the reason of a failure while the child
/// is still there to be looked at.
final class StartWatch implements CallObserver {
  private final Optional<StartObserver> observer;
  private final IdentityHashMap<Call, Place> places = new IdentityHashMap<>();
  private final List<ProgramDiagnosis.Attempt> attempts = new ArrayList<>();
  private @Nullable Place current;
  private String found = "";
  private @Nullable StartException diagnosis;

  StartWatch(Optional<StartObserver> observer) {
    this.observer = observer;
  }

  /// Where a call stands: its step, its index there, and the results of the step's calls so far.
  private record Place(Step step, int index, HashMap<Integer, Long> results) {}

  /// Learn which calls belong to a step, and return them.
  Sequence expect(Step step, Sequence own) {
    var sequence = observer.isPresent() ? observer.get().calls(step, own) : own;
    var calls = sequence.calls();
    var results = new HashMap<Integer, Long>();
    for (int i = 0; i < calls.size(); i++) {
      places.put(calls.get(i), new Place(step, i, results));
    }
    return sequence;
  }

  /// Learn which calls belong to which steps, and return those that have some.
  List<Sequence> expect(List<Step> steps) {
    var sequences = new ArrayList<Sequence>();
    for (var step : steps) {
      var sequence = expect(step, step.calls());
      if (!sequence.calls().isEmpty()) {
        sequences.add(sequence);
      }
    }
    return List.copyOf(sequences);
  }

  /// The end of the conversation says that an execve(2) succeeded, but not which: it was the one of
  /// the program that was found.
  @Override
  public void made(Call call, long result) {
    if (call.syscall() == Syscall.faccessat2 && result == 0) {
      found = path(call);
    }
    if (call.syscall() == Syscall.execve && result == 0 && !found.isEmpty()) {
      seen(execOf(found).orElse(call), result);
    } else {
      seen(call, result);
    }
  }

  private Optional<Call> execOf(String path) {
    return places.keySet().stream()
        .filter(call -> call.syscall() == Syscall.execve && path(call).equals(path))
        .findFirst();
  }

  private void seen(Call call, long result) {
    if (result < 0 && (call.syscall() == Syscall.execve || call.syscall() == Syscall.faccessat2)) {
      attempts.add(new ProgramDiagnosis.Attempt(path(call), Errno.of((int) -result)));
    }
    observer.ifPresent(seeing -> show(seeing, call, result));
  }

  @SuppressWarnings("ReferenceEquality") // two steps may be equal and follow each other
  private void show(StartObserver seeing, Call call, long result) {
    var place = places.get(call);
    if (place == null) {
      seeing.call(call, result);
      return;
    }
    if (current == null || current.results() != place.results()) {
      seeing.step(place.step());
    }
    current = place;
    seeing.call(call.with(place.results()), result);
    place.results().put(place.index(), result);
  }

  @Override
  public void failed(Call call, SyscallException why, Pidfd child) {
    diagnosis =
        switch (step(call)) {
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

  private @Nullable Step step(Call call) {
    var place = places.get(call);
    return place == null ? null : place.step();
  }

  private static String path(Call call) {
    int index = call.syscall() == Syscall.execve ? 0 : 1;
    return call.arguments().get(index) instanceof Argument.Text text
        ? RawText.decode(text.bytes())
        : "";
  }
}
