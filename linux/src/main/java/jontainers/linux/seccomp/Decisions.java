package jontainers.linux.seccomp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a filter says to every number of one convention.
///
/// As in libseccomp a rule without comparisons decides a call whatever other rules say of it, the
/// first such rule if there are several. Otherwise rules with comparisons are tried in the order of
/// the profile (where libseccomp refuses or reorders contradicting ones).
///
/// Numbers above the newest call that the profile names answer ENOSYS, as in runc: the C library
/// then falls back to an older call, which it does not on EPERM. A profile that lets unknown calls
/// through has no such need.
final class Decisions {
  /// Far beyond any profile; they are compiled by recursion.
  private static final int MAX_CLAUSES = 512;

  private final Filter filter;
  private final Map<Action, Answer> always = new HashMap<>();
  private final TreeMap<Integer, Answer> answers = new TreeMap<>();
  private int newest = -1;

  Decisions(Filter filter, Abi abi, SyscallNumbers numbers) {
    this.filter = filter;
    for (var rule : filter.rules()) {
      for (String name : rule.names()) {
        int number = numbers.number(name, abi);
        newest = Math.max(newest, number);
        // A rule that says what is said anyway must not hide others: runc skips it, too.
        if (!rule.action().equals(filter.defaultAction())) {
          add(rule, number, Multiplexer.of(name, abi));
        }
      }
    }
  }

  /// Return the answers to the numbers that rules name.
  Map<Integer, Answer> answers() {
    return answers;
  }

  /// Return what other numbers get, up to the newest.
  Answer otherwise() {
    return always(filter.defaultAction());
  }

  /// Return the highest number named, -1 where none is known.
  int newest() {
    return newest;
  }

  /// Return what numbers above the newest get.
  Answer beyond() {
    return filter.defaultAction().isPermissive() || newest == -1
        ? otherwise()
        : always(Filter.ENOSYS);
  }

  private void add(Rule rule, int number, @Nullable Multiplexer multiplexer) {
    for (var arguments : rule.alternatives()) {
      if (number != -1) {
        add(number, new Clause(arguments, rule.action()));
      }
      if (multiplexer != null) {
        add(multiplexer.number(), new Clause(multiplexer.arguments(arguments), rule.action()));
      }
    }
  }

  private void add(int number, Clause clause) {
    var known = answers.get(number);
    if (known != null && known.clauses().isEmpty()) {
      return;
    }
    if (clause.arguments().isEmpty()) {
      answers.put(number, always(clause.action()));
      return;
    }
    if (known == null) {
      known = new Answer(new ArrayList<>(), filter.defaultAction());
      answers.put(number, known);
    }
    known.add(clause);
    if (known.clauses().size() > MAX_CLAUSES) {
      throw new IllegalArgumentException(
          "more than " + MAX_CLAUSES + " seccomp rules for system call " + number);
    }
  }

  private Answer always(Action action) {
    var answer = always.get(action);
    if (answer == null) {
      answer = new Answer(List.of(), action);
      always.put(action, answer);
    }
    return answer;
  }
}
