package jontainers.linux.proxy;

import java.util.List;

/// Calls that belong together: their results and jumps refer to each other by index.
public record Sequence(List<Call> calls) {
  public Sequence {
    calls = List.copyOf(calls);
    for (int i = 0; i < calls.size(); i++) {
      check(calls.get(i), i, calls.size());
    }
  }

  public static Sequence of(Call... calls) {
    return new Sequence(List.of(calls));
  }

  private static void check(Call call, int index, int size) {
    for (var argument : call.arguments()) {
      if (argument instanceof Argument.Result result && result.call() >= index) {
        throw new IllegalArgumentException(call + " uses a result that comes later");
      }
    }
    if (call.onZero() instanceof Call.OnZero.Skip skip && (skip.to() < 0 || skip.to() > size)) {
      throw new IllegalArgumentException(call + " skips out of its sequence");
    }
  }
}
