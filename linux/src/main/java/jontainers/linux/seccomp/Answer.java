package jontainers.linux.seccomp;

import java.util.List;

/// What a filter says to one number: the first clause that holds, else the last word.
///
/// Compared by identity: [Decisions] makes one for each action, and one for each call that has
/// clauses.
final class Answer {
  private final List<Clause> clauses;
  private final Action otherwise;

  Answer(List<Clause> clauses, Action otherwise) {
    this.clauses = clauses;
    this.otherwise = otherwise;
  }

  /// Return the clauses in the profile's order, none where the arguments do not matter.
  List<Clause> clauses() {
    return clauses;
  }

  void add(Clause clause) {
    clauses.add(clause);
  }

  Action otherwise() {
    return otherwise;
  }
}
