package jontainers.linux.seccomp;

import java.util.ArrayList;
import java.util.List;

/// What is answered for the named calls.
///
/// @param arguments all of which must hold; but several comparisons of one argument make each
///   comparison a rule of its own, as in runc, whose profiles rely on it
public record Rule(List<String> names, Action action, List<Argument> arguments) {
  public Rule {
    names = List.copyOf(names);
    arguments = List.copyOf(arguments);
  }

  /// Answer whatever the arguments are.
  public Rule(List<String> names, Action action) {
    this(names, action, List.of());
  }

  /// Return the conjunctions of which one must hold.
  List<List<Argument>> alternatives() {
    int seen = 0;
    for (var argument : arguments) {
      int bit = 1 << argument.index();
      if ((seen & bit) != 0) {
        var singles = new ArrayList<List<Argument>>();
        for (var single : arguments) {
          singles.add(List.of(single));
        }
        return singles;
      }
      seen |= bit;
    }
    return List.of(arguments);
  }
}
