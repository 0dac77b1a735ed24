package jontainers.linux;

import java.util.Collection;
import java.util.Optional;

/// Suggest the name that a mistyped one was probably meant to be.
public final class Nearest {
  private static final int MAX_DISTANCE = 3;

  private Nearest() {}

  /// Return `, did you mean X?` for the nearest candidate, or nothing where none is near.
  static String of(String name, Collection<String> candidates) {
    return find(name, candidates).map(nearest -> ", did you mean " + nearest + "?").orElse("");
  }

  /// Find the nearest candidate; empty where so many characters differ that none can be meant.
  public static Optional<String> find(String name, Collection<String> candidates) {
    Optional<String> nearest = Optional.empty();
    int least = MAX_DISTANCE + 1;
    for (String candidate : candidates) {
      int distance = distance(name, candidate);
      if (distance < least && distance * 2 < Math.max(candidate.length(), MAX_DISTANCE)) {
        least = distance;
        nearest = Optional.of(candidate);
      }
    }
    return nearest;
  }

  /// Damerau's: how many characters are to be added, removed, replaced or swapped with the next.
  private static int distance(String from, String to) {
    var rows = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        if (i == 0 || j == 0) {
          rows[i][j] = i + j;
          continue;
        }
        int replaced = rows[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        rows[i][j] = Math.min(replaced, Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
        if (isSwapped(from, i, to, j)) {
          rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
        }
      }
    }
    return rows[from.length()][to.length()];
  }

  private static boolean isSwapped(String from, int i, String to, int j) {
    return i > 1
        && j > 1
        && from.charAt(i - 1) == to.charAt(j - 2)
        && from.charAt(i - 2) == to.charAt(j - 1);
  }
}
