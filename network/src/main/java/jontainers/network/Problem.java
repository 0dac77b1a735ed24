package jontainers.network;

import java.util.List;
import java.util.stream.Collectors;

/// One thing that is wrong with a request; all are collected and told at once.
///
/// @param hint empty where there is none
record Problem(NetworkException.Reason reason, String text, String hint) {
  static Problem invalid(String text) {
    return new Problem(NetworkException.Reason.INVALID, text, "");
  }

  static Problem conflict(String text, String hint) {
    return new Problem(NetworkException.Reason.CONFLICT, text, hint);
  }

  /// Throw if there are any; the first one decides on the reason.
  static void throwIfAny(List<Problem> problems) throws NetworkException {
    if (!problems.isEmpty()) {
      throw new NetworkException(
          problems.getFirst().reason,
          problems.stream().map(Problem::text).collect(Collectors.joining("; ")),
          problems.stream()
              .map(Problem::hint)
              .filter(hint -> !hint.isEmpty())
              .distinct()
              .collect(Collectors.joining("\n")));
    }
  }
}
