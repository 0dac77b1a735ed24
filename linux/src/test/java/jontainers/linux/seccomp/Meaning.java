package jontainers.linux.seccomp;

import java.util.List;

/// Say what a filter answers to a call that it names, straight from its rules.
final class Meaning {
  private Meaning() {}

  static Action of(Filter filter, String name, Abi abi, long... arguments) {
    var rules =
        filter.rules().stream()
            .filter(rule -> rule.names().contains(name))
            .filter(rule -> !rule.action().equals(filter.defaultAction()))
            .toList();
    for (var rule : rules) {
      if (rule.arguments().isEmpty()) {
        return rule.action();
      }
    }
    for (var rule : rules) {
      for (var alternative : rule.alternatives()) {
        if (holds(alternative, abi, arguments)) {
          return rule.action();
        }
      }
    }
    return filter.defaultAction();
  }

  private static boolean holds(List<Argument> alternative, Abi abi, long... arguments) {
    return alternative.stream().allMatch(argument -> holds(argument, abi, arguments));
  }

  private static boolean holds(Argument argument, Abi abi, long... arguments) {
    long all = abi.comparesLongs() ? -1L : 0xffffffffL;
    long actual = arguments[argument.index()] & all;
    long value = argument.value() & all;
    int order = Long.compareUnsigned(actual, value);
    return switch (argument.operator()) {
      case SCMP_CMP_EQ -> order == 0;
      case SCMP_CMP_NE -> order != 0;
      case SCMP_CMP_LT -> order < 0;
      case SCMP_CMP_LE -> order <= 0;
      case SCMP_CMP_GT -> order > 0;
      case SCMP_CMP_GE -> order >= 0;
      case SCMP_CMP_MASKED_EQ -> (actual & value) == (argument.valueTwo() & value);
    };
  }
}
